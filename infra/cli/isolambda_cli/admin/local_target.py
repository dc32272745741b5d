"""The target of a command that works on this machine: an open data directory."""

from collections.abc import Iterator, Sequence
from contextlib import (
    AbstractContextManager,
    ExitStack,
    closing,
    contextmanager,
)
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from isolambda_cli.admin.targets import (
    NoInstallationError,
    RefusesRemoval,
    ReplayResult,
)
from isolambda_core.adapters.aes_gcm import AesGcmSealer
from isolambda_core.adapters.clock import SystemClock
from isolambda_core.adapters.json_schemas import JsonSchemaChecker
from isolambda_core.adapters.sources_by_type import SourcesByType
from isolambda_core.domain.documents import Document
from isolambda_core.domain.queue.messages import Acknowledge, ReconcileTrigger
from isolambda_core.domain.triggers.triggers import TriggerRef
from isolambda_core.ports.executions import Executor
from isolambda_core.ports.triggers import TriggerRepository
from isolambda_core.services.accounts.accounts import (
    AccountService,
    open_accounts,
)
from isolambda_core.services.audit.audit import AuditService
from isolambda_core.services.executions.execution import open_executions
from isolambda_core.services.executions.records import open_records
from isolambda_core.services.key_values.key_values import KeyValueService
from isolambda_core.services.queue.dead_letters import DeadLetterService
from isolambda_core.services.secrets.secrets import SecretService, open_secrets
from isolambda_core.services.triggers.events import open_events
from isolambda_core.services.triggers.reconciler import TriggerReconciler, open_reconciler
from isolambda_local.backup.migration import back_up_before_migration
from isolambda_local.data_directory import DATABASE_NAME, locked, look_at, preparing
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
    def audit(self) -> AuditService:
        """See ``Target.audit``."""
        return AuditService(self.store.audit, SystemClock())

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

    def own_queue_arn(self, trigger_id: str) -> str:
        """See ``Target.own_queue_arn``."""
        return self._sources.own_queue_arn(trigger_id)

    def schedule_reconcile(self, trigger: TriggerRef) -> None:
        """See ``Target.schedule_reconcile``."""
        self._reconciler.schedule_reconcile(trigger)

    def reconcile(self, trigger: TriggerRef) -> bool:
        """Bind or unbind a trigger in this process; see ``Target.reconcile``."""
        message = ReconcileTrigger(trigger, SystemClock().now_ms())
        return isinstance(self._reconciler.reconcile(message, 1), Acknowledge)

    def executing(self) -> AbstractContextManager[Executor]:
        """Start an executor in this process; see ``Target.executing``."""
        # The engine takes a third of a second, which no other command needs.
        from isolambda_executor.supervisor import Supervisor  # noqa: PLC0415 - see above

        return Supervisor()

    @property
    def _sources(self) -> SourcesByType:
        # As for the executor.
        from isolambda_local.sources.registry import open_sources  # noqa: PLC0415 - see above

        store, clock = self.store, SystemClock()
        executions = open_executions(store, AesGcmSealer(self.secret), JsonSchemaChecker(), clock)
        events = open_events(store, executions, store.queue, clock)
        return open_sources(store, self.data_dir, events, clock)

    @property
    def _reconciler(self) -> TriggerReconciler:
        return open_reconciler(self.store, self._sources, self.store.queue, SystemClock())

    def replay(self, event: Document) -> Sequence[ReplayResult]:
        """Send an event to a dispatcher in this process; see ``Target.replay``.

        This process also executes what the dispatcher queues, unless a server on the same directory
        does.
        """
        # The dispatcher and the engine take a third of a second, which no other command needs.
        from isolambda_cli.admin.replay import LocalReplay  # noqa: PLC0415 - see above

        return LocalReplay(self.data_dir, self.store, self.secret).replay(event)


@contextmanager
def open_directory(data_dir: Path, *, makes: bool = False) -> Iterator[LocalTarget]:
    """Yield the target of a data directory, and close its database afterwards.

    A database of an older version becomes one of this version, and is backed up before. ``makes``
    the directory and the database where there are none.

    Raises:
        NoInstallationError: the directory has no database.
        BackupError: it cannot be backed up.
        DatabaseInUseError: another process uses it, which knows the older version alone.
        NewerSchemaError: the database was written by a newer Isolambda.
        StoreUnavailableError: the database cannot be opened.
        LostSecretError: the file of the secret is gone.
        DamagedSecretError: the file of the secret holds none.
        StartError: the directory cannot be made.
        OSError: the directory cannot be read.
    """
    database = data_dir / DATABASE_NAME
    with ExitStack() as opened:
        with _making(data_dir) if makes else _keeping(data_dir):
            back_up_before_migration(data_dir)
            store = opened.enter_context(closing(open_store(database)))
            secret = open_secret(data_dir, is_used=store.has_keys())
        yield LocalTarget(data_dir, store, secret)


@contextmanager
def open_new() -> Iterator[LocalTarget]:
    """Yield the target of a directory that has nothing yet, and is gone afterwards."""
    with TemporaryDirectory() as folder, open_directory(Path(folder), makes=True) as target:
        yield target


@contextmanager
def _making(data_dir: Path) -> Iterator[None]:
    look_at(data_dir)
    with preparing(data_dir):
        yield


@contextmanager
def _keeping(data_dir: Path) -> Iterator[None]:
    if data_dir.is_dir():
        with locked(data_dir):
            if (data_dir / DATABASE_NAME).exists():
                yield
                return
    raise NoInstallationError(
        "nothing is kept here; `isolambda serve` makes it, --data-dir names another"
    )
