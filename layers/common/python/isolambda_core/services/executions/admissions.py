"""Remember which caller may execute which function, until anything that decides it changes."""

from dataclasses import dataclass, field

from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.api_keys import Caller, Scope, hash_api_key
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.limits import ADMISSIONS_CHARACTERS_MAX, ADMISSIONS_MAX
from isolambda_core.ports.blocking import Blocking
from isolambda_core.ports.clock import Clock
from isolambda_core.ports.store import Changes
from isolambda_core.services.accounts.access import AccessService
from isolambda_core.services.executions.execution import ExecutionService, Resolved

_Name = tuple[str, str | None, str]
_LONG = 16
"""A function that would take more than this part of the room is not remembered."""


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


@dataclass(slots=True)
class _Memory:
    """Admissions as of one count of changes."""

    count: int = -1
    admissions: dict[_Name, Admission] = field(default_factory=dict)
    source_characters: int = 0

    def begin(self, count: int) -> None:
        self.count = count
        self.admissions.clear()
        self.source_characters = 0


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
    _memory: _Memory = field(default_factory=_Memory)

    async def admit(self, credential: str, account_id: str | None, function_id: str) -> Admission:
        """Return the admission of a key or token to a function, by default of its own account.

        Raises:
            IsolambdaError: as ``AccessService`` and ``ExecutionService.resolve``.
            StoreUnavailableError: the store does not answer.
        """
        memory, count = self._memory, self.changes.count()
        if memory.count != count:
            memory.begin(count)
        name = (hash_api_key(credential), account_id, function_id)
        known = memory.admissions.get(name)
        if known is not None and (known.expires_at is None or self.clock.now() < known.expires_at):
            return known
        admission = await self.blocking(self._read, credential, account_id, function_id)
        # Something may have changed while it was read.
        if self.changes.count() == count == memory.count:
            self._keep(name, admission)
        return admission

    def _read(self, credential: str, account_id: str | None, function_id: str) -> Admission:
        caller = self.access.authenticate(credential)
        account_id = account_id or caller.account_id
        account = self.access.authorize(caller, account_id, Scope.EXECUTE, function_id)
        resolved = self.executions.resolve(Invocation(account.id, function_id, b""))
        return Admission(caller, account, account.tenant, resolved, caller.expires_at)

    def _keep(self, name: _Name, admission: Admission) -> None:
        memory = self._memory
        characters = admission.resolved.function.source_characters
        if characters > ADMISSIONS_CHARACTERS_MAX // _LONG:
            return  # a few of those would forget those of all tenants, again and again
        is_full = len(memory.admissions) >= ADMISSIONS_MAX
        if is_full or memory.source_characters + characters > ADMISSIONS_CHARACTERS_MAX:
            memory.begin(memory.count)
        memory.admissions[name] = admission
        memory.source_characters += characters
