"""Remember which caller may execute which function, until anything that decides it changes."""

from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.api_keys import Caller, Scope, credential_digest
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.limits import ADMISSIONS_CHARACTERS_MAX, ADMISSIONS_MAX
from isolambda_core.ports.blocking import Blocking
from isolambda_core.ports.clock import Clock
from isolambda_core.ports.store import Changes
from isolambda_core.services.accounts.access import AccessService
from isolambda_core.services.executions.execution import ExecutionService, Resolved

_Name = tuple[bytes, str | None, str]
Name = TypeVar("Name")
Item = TypeVar("Item")
_LONG: Final = 16
"""An item that would take more than this part of the room is not remembered."""


@dataclass(slots=True)
class Remembered(Generic[Name, Item]):
    """Items by name, all as of one count of changes; see ``Changes``."""

    count: int = -1
    items: dict[Name, Item] = field(default_factory=dict)
    _characters: int = 0

    def begin(self, count: int) -> None:
        """Forget all: something has changed, and ``count`` is the count of now."""
        self.count = count
        self.items.clear()
        self._characters = 0

    def keep(self, name: Name, item: Item, characters: int) -> None:
        """Remember an item with so many characters of source; forget all if there is no room."""
        if characters > ADMISSIONS_CHARACTERS_MAX // _LONG:
            return  # a few of those would forget those of all tenants, again and again
        is_full = len(self.items) >= ADMISSIONS_MAX
        if is_full or self._characters + characters > ADMISSIONS_CHARACTERS_MAX:
            self.begin(self.count)
        self.items[name] = item
        self._characters += characters


@dataclass(frozen=True, slots=True)
class Admission:
    """A caller that may execute the draft of a function of an account.

    ``expires_at`` is when the key or token expires, in Unix seconds; None for never.
    """

    caller: Caller
    account: Account
    tenant: str
    resolved: Resolved
    expires_at: int | None


@dataclass(frozen=True, slots=True)
class AdmissionService:
    """Admits callers: from memory while nothing has changed, else as ``access`` decides.

    It belongs to one event loop. ``changes`` is asked for each request, so a removed key, a
    disabled account or another source counts for the very next one.
    """

    access: AccessService
    executions: ExecutionService
    changes: Changes
    blocking: Blocking
    clock: Clock
    _memory: Remembered[_Name, Admission] = field(default_factory=Remembered)

    async def admit(self, credential: str, account_id: str | None, function_id: str) -> Admission:
        """Return the admission of a key or token to a function, by default of its own account.

        Raises:
            IsolambdaError: as ``AccessService`` and ``ExecutionService.resolve``.
            StoreUnavailableError: the store does not answer.
        """
        memory, count = self._memory, self.changes.count()
        if memory.count != count:
            memory.begin(count)
        name = (credential_digest(credential), account_id, function_id)
        known = memory.items.get(name)
        if known is not None and (known.expires_at is None or self.clock.now() < known.expires_at):
            return known
        admission = await self.blocking(self._read, credential, account_id, function_id)
        # Something may have changed while it was read.
        if self.changes.count() == count == memory.count:
            memory.keep(name, admission, admission.resolved.function.source_characters)
        return admission

    def _read(self, credential: str, account_id: str | None, function_id: str) -> Admission:
        caller = self.access.authenticate(credential)
        account_id = account_id or caller.account_id
        account = self.access.authorize(caller, account_id, Scope.EXECUTE, function_id)
        resolved = self.executions.resolve(Invocation(account.id, function_id, b""))
        return Admission(caller, account, account.tenant, resolved, caller.expires_at)
