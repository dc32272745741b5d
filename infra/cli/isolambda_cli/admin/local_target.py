"""The target of a command that works on this machine: an open data directory."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from isolambda_cli.admin.targets import (
    NoInstallationError,
    RefusesRemoval,
    ReplayResult,
)
from isolambda_core.adapters.aes_gcm import AesGcmSealer
from isolambda_core.adapters.clock import SystemClock
from isolambda_core.adapters.json_schemas import JsonSchemaChecker
from isolambda_core.domain.documents import Document
from isolambda_core.ports.triggers import TriggerRepository
from isolambda_core.services.accounts.accounts import (
    AccountService,
    open_accounts,
)
from isolambda_core.services.executions.records import open_records
from isolambda_core.services.key_values.key_values import KeyValueService
from isolambda_core.services.queue.dead_letters import DeadLetterService
from isolambda_core.services.secrets.secrets import SecretService, open_secrets
from isolambda_local.backup.migration import back_up_before_migration
from isolambda_local.data_directory import DATABASE_NAME, locked
from isolambda_local.secrets.installation_secret import (
    FileSecret,
    open_secret,
)
from isolambda_local.sqlite import SqliteStore, open_store
from isolambda_local.sqlite.dead_letters import SqliteDeadLetters


@dataclass(frozen=True, slots=True)
class LocalTarget:
    """The port ``Target`` on an open database."""

    data_dir: Path
    store: SqliteStore
    secret: FileSecret

    @property
    def accounts(self) -> AccountService:
        """See ``Target.accounts``."""
        return open_accounts(
            self.store, self.secret, JsonSchemaChecker(), SystemClock(), RefusesRemoval()
        )

    @property
    def secrets(self) -> SecretService:
        """See ``Target.secrets``."""
        return open_secrets(self.store, AesGcmSealer(self.secret), SystemClock())

    @property
    def dead_letters(self) -> DeadLetterService:
        """See ``Target.dead_letters``."""
        store = self.store
        letters = SqliteDeadLetters(store.queue)
        clock = SystemClock()
        return DeadLetterService(
            letters, open_records(store, clock), store.triggers, store.queue, self.replay, clock
        )

    @property
    def key_values(self) -> KeyValueService:
        """See ``Target.key_values``."""
        return KeyValueService(self.store.key_values, SystemClock())

    @property
    def triggers(self) -> TriggerRepository:
        """See ``Target.triggers``."""
        return self.store.triggers

    def replay(self, event: Document) -> Sequence[ReplayResult]:
        """Send an event to a dispatcher in this process; see ``Target.replay``.

        This process also executes what the dispatcher queues, unless a server on the same directory
        does.
        """
        # The dispatcher and the engine take a third of a second, which no other command needs.
        from isolambda_cli.admin.replay import LocalReplay  # noqa: PLC0415 - see above

        return LocalReplay(self.data_dir, self.store, self.secret).replay(event)


@contextmanager
def open_directory(data_dir: Path) -> Iterator[LocalTarget]:
    """Yield the target of a data directory, and close its database afterwards.

    A database of an older version becomes one of this version, and is backed up before.

    Raises:
        NoInstallationError: the directory has no database.
        BackupError: it cannot be backed up.
        DatabaseInUseError: another process uses it, which knows the older version alone.
        NewerSchemaError: the database was written by a newer Isolambda.
        StoreUnavailableError: the database cannot be opened.
        LostSecretError: the file of the secret is gone.
        DamagedSecretError: the file of the secret holds none.
        OSError: the directory cannot be read.
    """
    with closing(_open_store(data_dir)) as store:
        yield LocalTarget(data_dir, store, open_secret(data_dir, is_used=store.has_keys()))


def _open_store(data_dir: Path) -> SqliteStore:
    if data_dir.is_dir():
        with locked(data_dir):
            if (data_dir / DATABASE_NAME).exists():
                back_up_before_migration(data_dir)
                return open_store(data_dir / DATABASE_NAME)
    raise NoInstallationError(
        "nothing is kept here; `isolambda serve` makes it, --data-dir names another"
    )
