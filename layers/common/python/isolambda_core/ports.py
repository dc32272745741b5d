"""What the use cases ask of the world. Every adapter of a repository passes ``tests/contract``."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from isolambda_core.domain.accounts import Account
from isolambda_core.domain.aliases import Alias
from isolambda_core.domain.api_keys import ApiKey, Token
from isolambda_core.domain.buckets import BucketSize, Taken
from isolambda_core.domain.dead_letters import DeadLetter
from isolambda_core.domain.documents import Document
from isolambda_core.domain.events import BusEvent
from isolambda_core.domain.execution import ExecutionRequest, ExecutionResult
from isolambda_core.domain.functions import Function
from isolambda_core.domain.idempotency import Claim
from isolambda_core.domain.queued import QueuedMessage
from isolambda_core.domain.records import Contents, Record
from isolambda_core.domain.triggers import Trigger, TriggerRef
from isolambda_core.domain.versions import Version


class FunctionRepository(Protocol):
    """Where functions are kept.

    Every method also raises ``StoreUnavailableError`` when the store does not answer.
    """

    def add(self, function: Function) -> None:
        """Keep a new function.

        Raises:
            FunctionExistsError: the account has this id already, be it of a deleted function.
        """
        ...

    def get(self, account_id: str, function_id: str) -> Function:
        """Return a function, by one strongly consistent read.

        Raises:
            FunctionNotFoundError: the account has no such function, or it was deleted.
        """
        ...

    def replace(self, function: Function, expected_revision: int) -> None:
        """Write the next revision over ``expected_revision``, and over no other.

        Raises:
            RevisionConflictError: the function is at another revision, deleted, or gone.
        """
        ...

    def remove(self, account_id: str, function_id: str, expected_revision: int) -> None:
        """Remove a function for good, at ``expected_revision`` and at no other.

        Raises:
            RevisionConflictError: the function is at another revision, deleted, or gone.
        """
        ...

    def ids(self, account_id: str) -> Sequence[str]:
        """Return the ids of all functions of an account, deleted ones included, in their order."""
        ...

    def remove_all(self, account_id: str) -> None:
        """Remove every function of an account for good, deleted ones included."""
        ...

    def walk(
        self, account_id: str, after: str | None = None, *, descending: bool = True, at_once: int
    ) -> Iterator[Function]:
        """Yield the functions that are not deleted, in the order of their ids, read as taken.

        The store is asked for ``at_once`` functions at a time (1 or more). ``after`` is the id to
        start behind, and need not exist any more.
        """
        ...


class VersionRepository(Protocol):
    """Where versions are kept; every method also raises ``StoreUnavailableError``."""

    def add(self, version: Version) -> None:
        """Keep a new version.

        Raises:
            VersionExistsError: the number was given already, be it to a version that is gone.
        """
        ...

    def get(self, account_id: str, function_id: str, number: int) -> Version:
        """Return a version, by one strongly consistent read.

        Raises:
            QualifierNotFoundError: the function has no such version.
        """
        ...

    def last_number(self, account_id: str, function_id: str) -> int:
        """Return the highest number that was ever given to a version of a function; 0 for none."""
        ...

    def remove(self, version: Version) -> None:
        """Remove a version; its number is not given again.

        Raises:
            VersionInUseError: an alias points to it.
            QualifierNotFoundError: it is gone already.
        """
        ...

    def walk(
        self,
        account_id: str,
        function_id: str,
        after: str | None = None,
        *,
        descending: bool = True,
        at_once: int,
    ) -> Iterator[Version]:
        """Yield versions in the order of their numbers, read as taken.

        ``after`` is the ``Version.id`` to start behind, and need not exist any more.
        """
        ...

    def remove_all(self, account_id: str, function_id: str) -> None:
        """Remove every version of a function, and what is known of their numbers."""
        ...


class AliasRepository(Protocol):
    """Where aliases are kept; every method also raises ``StoreUnavailableError``.

    A version that an alias points to cannot be removed, and an alias cannot come to point to one
    that is not there, whatever happens at the same time.
    """

    def add(self, alias: Alias) -> None:
        """Keep a new alias.

        Raises:
            AliasExistsError: the function has one of this name.
            QualifierNotFoundError: a version that it points to is not there.
        """
        ...

    def get(self, account_id: str, function_id: str, name: str) -> Alias:
        """Return an alias, by one strongly consistent read.

        Raises:
            QualifierNotFoundError: the function has no such alias.
        """
        ...

    def replace(self, alias: Alias, before: Alias) -> None:
        """Write the next revision over ``before``, and over no other.

        Raises:
            RevisionConflictError: the alias is at another revision, or gone.
            QualifierNotFoundError: a version that it is to point to is not there.
        """
        ...

    def remove(self, alias: Alias) -> None:
        """Remove an alias, at its revision and at no other.

        Raises:
            RevisionConflictError: the alias is at another revision, or gone.
        """
        ...

    def of_function(self, account_id: str, function_id: str) -> Sequence[Alias]:
        """Return the aliases of a function, in the order of their names."""
        ...

    def remove_all(self, account_id: str, function_id: str) -> None:
        """Remove every alias of a function, whose versions are removed right after."""
        ...


class BelowFunctions(Protocol):
    """Where something is kept that belongs to functions; also raises ``StoreUnavailableError``."""

    def remove_all(self, account_id: str, function_id: str) -> None:
        """Remove all of it that belongs to a function."""
        ...


class AccountRepository(Protocol):
    """Where accounts are kept; every method also raises ``StoreUnavailableError``."""

    def add(self, account: Account) -> None:
        """Keep a new account, below its parent if it has one.

        Raises:
            AccountExistsError: the id is taken.
            AccountNotFoundError: the parent is not there any more.
        """
        ...

    def get(self, account_id: str) -> Account:
        """Return an account, by one strongly consistent read.

        Raises:
            AccountNotFoundError: there is none with this id.
        """
        ...

    def replace(self, account: Account, expected_revision: int) -> None:
        """Write the next revision over ``expected_revision``, and over no other.

        Raises:
            RevisionConflictError: the account is at another revision, or gone.
        """
        ...

    def remove(self, account: Account) -> None:
        """Remove an account, at its revision and at no other.

        Raises:
            AccountHasChildrenError: there are accounts below it.
            RevisionConflictError: the account is at another revision, or gone.
        """
        ...

    def children(
        self,
        account_id: str | None,
        after: str | None = None,
        *,
        descending: bool = True,
        at_once: int,
    ) -> Iterator[Account]:
        """Yield the accounts right below another, in the order of their ids, read as taken.

        Below None are those at the top.
        """
        ...


class ApiKeyRepository(Protocol):
    """Where API keys are kept, by SHA-256; every method also raises ``StoreUnavailableError``."""

    def add(self, api_key: ApiKey) -> None:
        """Keep a new key.

        Raises:
            ApiKeyExistsError: the key is taken.
        """
        ...

    def get(self, sha256: str) -> ApiKey:
        """Return a key, expired or not.

        Raises:
            ApiKeyNotFoundError: there is none with this SHA-256.
        """
        ...

    def replace(self, api_key: ApiKey) -> None:
        """Write a key that is there over itself.

        Raises:
            ApiKeyNotFoundError: there is none with its SHA-256.
        """
        ...

    def remove(self, api_key: ApiKey) -> None:
        """Remove a key; one that is not there stays so."""
        ...

    def of_account(self, account_id: str) -> Sequence[ApiKey]:
        """Return the keys of an account, expired or not, in the order of their SHA-256."""
        ...


class RevokedTokenRepository(Protocol):
    """Where revoked tokens are kept until they expire; also raises ``StoreUnavailableError``."""

    def add(self, token: Token) -> None:
        """Keep a token as revoked; once more does no harm."""
        ...

    def has(self, token: Token) -> bool:
        """Tell whether a token was revoked."""
        ...


class TokenSigner(Protocol):
    """Writes tokens as signed text, and reads its own."""

    def sign(self, token: Token) -> str:
        """Return a token as text."""
        ...

    def read(self, text: str) -> Token:
        """Return what a text of :meth:`sign` says, expired or not.

        Raises:
            UnauthorizedError: it was not signed here.
        """
        ...


class InstallationSecret(Protocol):
    """The one secret of an installation, from which keys and the signature of tokens derive."""

    def read(self) -> bytes:
        """Return the secret, 32 bytes or more, always the same.

        Raises:
            StoreUnavailableError: it cannot be read now.
        """
        ...


class RecordRepository(Protocol):
    """Where records of executions are kept; every method also raises ``StoreUnavailableError``.

    Each is kept at least until it expires, however long its input and its result are.
    """

    def add(self, record: Record, contents: Contents) -> None:
        """Keep a new record; the same one once more does no harm."""
        ...

    def get(self, account_id: str, function_id: str, execution_id: str) -> Record:
        """Return a record, by one strongly consistent read.

        Raises:
            ExecutionNotFoundError: the function has no such record.
        """
        ...

    def get_whole(
        self, account_id: str, function_id: str, execution_id: str
    ) -> tuple[Record, Contents]:
        """Return a record and what goes with it.

        Raises:
            ExecutionNotFoundError: the function has no such record.
        """
        ...

    def replace(
        self, record: Record, expected_revision: int, result: ExecutionResult | None = None
    ) -> None:
        """Write the next revision over ``expected_revision``, and over no other.

        With a ``result`` it takes the place of the one before.

        Raises:
            RevisionConflictError: the record is at another revision, or gone.
        """
        ...

    def walk(
        self,
        account_id: str,
        function_id: str,
        after: str | None = None,
        *,
        descending: bool = True,
        at_once: int,
    ) -> Iterator[Record]:
        """Yield records in the order of their ids, by default the newest first, read as taken.

        ``after`` is the id to start behind, and need not exist.
        """
        ...

    def remove_all(self, account_id: str, function_id: str) -> None:
        """Remove every record of a function, and what goes with them."""
        ...


class ClaimRepository(Protocol):
    """Where idempotency keys are kept; every method also raises ``StoreUnavailableError``."""

    def add(self, claim: Claim, now: int) -> Claim:
        """Keep a claim, unless there is one of the same key that has not expired at ``now``.

        Returns the claim that is there then; of many that come at once, one is kept.
        """
        ...

    def replace(self, claim: Claim, before: Claim) -> None:
        """Write a claim over one for the execution of ``before``, and over no other.

        Raises:
            RevisionConflictError: somebody else has the key now, or nobody.
        """
        ...

    def remove(self, claim: Claim) -> None:
        """Remove a claim; one that is gone, or for another execution by now, stays so."""
        ...

    def remove_all(self, account_id: str, function_id: str) -> None:
        """Remove every claim of a function."""
        ...


class TriggerRepository(Protocol):
    """Where triggers are kept; every method also raises ``StoreUnavailableError``.

    A queue, stream or topic that a document names belongs to one trigger at a time.
    """

    def add(self, trigger: Trigger) -> None:
        """Keep a new trigger.

        Raises:
            SourceInUseError: another trigger listens to its source.
            RevisionConflictError: its id is taken.
        """
        ...

    def get(self, account_id: str, function_id: str, trigger_id: str) -> Trigger:
        """Return a trigger, by one strongly consistent read.

        Raises:
            TriggerNotFoundError: the function has no such trigger.
        """
        ...

    def of_source(self, source: str) -> Trigger:
        """Return the trigger that listens to a queue, stream or topic, by its ARN.

        Raises:
            TriggerNotFoundError: none does.
        """
        ...

    def of_function(self, account_id: str, function_id: str) -> Sequence[Trigger]:
        """Return the triggers of a function, in the order of their ids."""
        ...

    def replace(self, trigger: Trigger, expected_revision: int) -> None:
        """Write the next revision over ``expected_revision``, and over no other.

        Raises:
            RevisionConflictError: the trigger is at another revision, or gone.
        """
        ...

    def remove(self, trigger: Trigger) -> None:
        """Remove a trigger, at its revision and at no other; its source is free again.

        Raises:
            RevisionConflictError: the trigger is at another revision, or gone.
        """
        ...

    def count_failure(self, trigger: Trigger) -> int:
        """Count one more failure in a row, and return how many there are.

        0 where the trigger is at another revision by now, or gone: then it is none of that.
        """
        ...

    def forget_failures(self, trigger: Trigger) -> None:
        """Begin to count anew, unless the trigger is at another revision by now, or gone."""
        ...


class EventSources(Protocol):
    """What triggers are bound to: schedules, rules, queues, streams and topics.

    Every method also raises ``SourcesUnavailableError`` when a source does not answer, or refuses
    for a reason that the document is not to blame for. What was asked for may be done all the same.
    """

    def own_queue_arn(self, trigger_id: str) -> str:
        """Return the ARN of the queue that ``bind`` makes for a trigger which names none."""
        ...

    def bind(self, trigger: Trigger) -> None:
        """Make the source deliver what the document asks for, or nothing if it is disabled.

        Whatever was bound for this trigger before; once more does no harm.

        Raises:
            InvalidDocumentError: there is no such source, it must not be used, or it takes no such
                trigger.
        """
        ...

    def unbind(self, trigger: TriggerRef) -> None:
        """Let the source deliver nothing more; once more does no harm.

        What was made for the trigger, such as its queue and what waits in it, goes.
        """
        ...

    def details(self, trigger: Trigger) -> Document:
        """Return what else there is to know of the source, such as the URL of a queue."""
        ...

    def publish(self, account_id: str, events: Sequence[BusEvent]) -> Sequence[str | None]:
        """Put events on the bus, in the name of an account.

        Returns an id for each, None for one that the bus has not taken.
        """
        ...

    def send(self, trigger: Trigger, bodies: Sequence[str]) -> Sequence[str | None]:
        """Put messages into the queue that was made for a trigger.

        Returns an id for each, None for one that the queue has not taken.
        """
        ...


class ExecutionQueue(Protocol):
    """Where asynchronous executions wait, and triggers that may have to be settled.

    What was sent comes out at least once.
    """

    def send(self, message: QueuedMessage, after_s: int = 0) -> None:
        """Put a message into the queue, for good once this returns; it waits for ``after_s``.

        Raises:
            StoreUnavailableError: the queue does not answer.
        """
        ...


class Consumer(Protocol):
    """What is done with messages that came from queues; to delete them is left to who brought them.

    Every method raises ``StoreUnavailableError`` when a queue does not answer, or refuses. The
    message then comes again by itself, some time.
    """

    def postpone(self, queue_arn: str, receipt_handle: str, after_s: float) -> None:
        """Have a message come again after ``after_s``, in whole seconds, up to half a day."""
        ...

    def bury(self, body: str) -> None:
        """Put a message to the dead letters, of whichever source."""
        ...


class DeadLetters(Protocol):
    """Where what failed for good is kept; also raises ``StoreUnavailableError``."""

    def list(self, limit: int) -> Sequence[DeadLetter]:
        """Return dead letters, at most ``limit`` of them, the oldest first."""
        ...

    def remove(self, letter: DeadLetter) -> None:
        """Let go of a letter that was listed; one that is gone stays so."""
        ...


class Callbacks(Protocol):
    """Who is told of the end of executions."""

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """Send a POST, and return when it was taken, within ``limits.CALLBACK_S``.

        Raises:
            CallbackFailedError: it was not taken, or must not be sent there.
        """
        ...


class BucketRepository(Protocol):
    """Where token buckets are kept; also raises ``StoreUnavailableError``."""

    def take(self, bucket: str, size: BucketSize, cost: int, now_ms: int) -> Taken:
        """Take ``cost`` tokens from the bucket of this name, full when it was never asked.

        Of many that take at once, none gets a token that another has.
        """
        ...


class Store(Protocol):
    """The repositories of one database."""

    @property
    def functions(self) -> FunctionRepository:
        """Where functions are kept."""
        ...

    @property
    def versions(self) -> VersionRepository:
        """Where versions are kept."""
        ...

    @property
    def aliases(self) -> AliasRepository:
        """Where aliases are kept."""
        ...

    @property
    def accounts(self) -> AccountRepository:
        """Where accounts are kept."""
        ...

    @property
    def api_keys(self) -> ApiKeyRepository:
        """Where API keys are kept."""
        ...

    @property
    def revoked_tokens(self) -> RevokedTokenRepository:
        """Where revoked tokens are kept."""
        ...

    @property
    def records(self) -> RecordRepository:
        """Where records of executions are kept."""
        ...

    @property
    def claims(self) -> ClaimRepository:
        """Where idempotency keys are kept."""
        ...

    @property
    def triggers(self) -> TriggerRepository:
        """Where triggers are kept."""
        ...


class Executor(Protocol):
    """What runs JavaScript."""

    @property
    def confined(self) -> bool | None:
        """Whether the kernel confines what runs user code; None where that is not known here."""
        ...

    def execute(self, request: ExecutionRequest) -> ExecutionResult:
        """Execute, and return soon after the wall time limit; user code cannot make it raise.

        Raises:
            ExecutorBusyError: no worker came free in time; nothing was started.
            ExecutorUnavailableError: the executor could not be reached.
        """
        ...


class Clock(Protocol):
    """Where the time of day comes from."""

    def now(self) -> int:
        """Return the time in Unix seconds."""
        ...

    def now_ms(self) -> int:
        """Return the time in Unix milliseconds."""
        ...
