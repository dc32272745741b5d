"""What the use cases ask of the world. Every adapter of a repository passes ``tests/contract``."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from isolambda_core.domain.accounts import Account, ApiKey
from isolambda_core.domain.execution import ExecutionRequest, ExecutionResult
from isolambda_core.domain.functions import Function


@dataclass(frozen=True, slots=True)
class Page:
    """Some functions of a list, and the id after which the next page starts; None on the last."""

    functions: Sequence[Function]
    next_after: str | None


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

    def page(
        self, account_id: str, limit: int, after: str | None = None, *, descending: bool = True
    ) -> Page:
        """Return functions that are not deleted, in the order of their ids.

        At most ``limit`` of them (1 or more), and fewer where their sources come to
        ``limits.PAGE_BYTES``; never none while any is left. ``after`` need not exist any more.
        """
        ...


class AccountRepository(Protocol):
    """Where accounts are kept; every method also raises ``StoreUnavailableError``."""

    def add(self, account: Account) -> None:
        """Keep a new account.

        Raises:
            AccountExistsError: the id is taken.
        """
        ...

    def get(self, account_id: str) -> Account:
        """Return an account.

        Raises:
            AccountNotFoundError: there is none with this id.
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
        """Return a key.

        Raises:
            ApiKeyNotFoundError: there is none with this SHA-256.
        """
        ...

    def of_account(self, account_id: str) -> Sequence[ApiKey]:
        """Return the keys of an account, in the order of their SHA-256."""
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
