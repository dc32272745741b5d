"""Tell which function a tool is and whether a key may call it, as that is at each call."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.api_keys import Caller, Scope
from isolambda_core.domain.accounts.errors import (
    AccountDisabledError,
    ForbiddenError,
    UnauthorizedError,
)
from isolambda_core.domain.errors import NotFoundError
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.executions.reach import ToolGrant
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.functions.tools import Tool, is_tool, name_of
from isolambda_core.domain.tools.errors import ToolForbiddenError, UnknownToolError
from isolambda_core.ports.blocking import Blocking
from isolambda_core.ports.clock import Clock
from isolambda_core.ports.store import Changes
from isolambda_core.services.accounts.access import AccessService
from isolambda_core.services.executions.admissions import Item, Name, Remembered
from isolambda_core.services.executions.execution import Resolved
from isolambda_core.services.functions.tools import ToolService

_NEVER: Final = (None, None)


@dataclass(frozen=True, slots=True)
class AdmittedTool:
    """A tool that a caller may call, and what is executed for it.

    ``caller`` has the key, and not a token by which it came.
    """

    caller: Caller
    account: Account
    tool: Tool
    resolved: Resolved


@dataclass(frozen=True, slots=True)
class ToolAdmissions:
    """Admits calls of tools: from memory while nothing has changed, else by reading; thread-safe.

    ``changes`` is asked for each call, so a removed key or another source counts for the very next
    one. Without it each call reads the key and the function, but the functions are listed once for
    each root execution: names are those of when it first called. A flood of names that are none
    lists no more.
    """

    tools: ToolService
    access: AccessService
    changes: Changes | None
    blocking: Blocking
    clock: Clock
    _memory: Remembered[tuple[str, str, str], AdmittedTool] = field(default_factory=Remembered)
    _names: Remembered[str, Mapping[str, str]] = field(default_factory=Remembered)
    _lock: Lock = field(default_factory=Lock)

    async def admit(self, account_id: str, grant: ToolGrant, name: str) -> AdmittedTool:
        """Return the tool of an account that has a name, if the key of the grant may call it now.

        Raises:
            UnknownToolError: there is none of that name for this key.
            ToolForbiddenError: the key is no more, or may not execute it.
        """
        count = 0 if self.changes is None else self.changes.count()
        at = (grant.key_sha256, account_id, name)
        known = self._known(self._memory, at, count)
        if known is not None:
            ends = grant.expires_at, known.caller.expires_at
            if ends == _NEVER or not self._is_over(*ends):
                return known
        admitted = await self.blocking(self._read, account_id, grant, name, count)
        # Of two versions each call draws one.
        if self.changes is not None and not admitted.resolved.is_drawn:
            characters = admitted.resolved.function.source_characters
            self._keep(self._memory, at, admitted, characters, count)
        return admitted

    def _known(self, memory: Remembered[Name, Item], at: Name, count: int) -> Item | None:
        with self._lock:
            if memory.count != count:
                memory.begin(count)
            return memory.items.get(at)

    def _keep(
        self, memory: Remembered[Name, Item], at: Name, item: Item, characters: int, count: int
    ) -> None:
        # Something may have changed while it was read.
        if self.changes is not None and self.changes.count() != count:
            return
        with self._lock:
            if memory.count == count:
                memory.keep(at, item, characters)

    def _is_over(self, *ends: int | None) -> bool:
        return any(end is not None and self.clock.now() >= end for end in ends)

    def _read(self, account_id: str, grant: ToolGrant, name: str, count: int) -> AdmittedTool:
        draft = self._draft(account_id, self._names_of(account_id, grant, count).get(name))
        if draft is None or not is_tool(draft) or name_of(draft) != name:
            raise UnknownToolError(name)
        try:
            caller = self.access.holder(grant.key_sha256, grant.expires_at)
        except UnauthorizedError:
            raise ToolForbiddenError("the key of the caller is valid no more") from None
        account = self._authorized(account_id, caller, draft, name)
        resolved = self.tools.resolve(Invocation(account.id, draft.id, b""), draft)
        tool = Tool(name, draft.id, draft.document)
        return AdmittedTool(caller, account, tool, resolved)

    def _authorized(
        self, account_id: str, caller: Caller, function: Function, name: str
    ) -> Account:
        if caller.api_key.function_id not in (None, function.id):  # nor is it listed for that key
            raise UnknownToolError(name)
        try:
            return self.access.authorize(caller, account_id, Scope.EXECUTE, function.id)
        except (ForbiddenError, AccountDisabledError, NotFoundError):
            raise ToolForbiddenError(f"the key of the caller may not call {name!r}") from None

    def _names_of(self, account_id: str, grant: ToolGrant, count: int) -> Mapping[str, str]:
        """Return the ids of the functions that are tools, by the names of these."""
        at = grant.root_id if self.changes is None else account_id
        known = self._known(self._names, at, count)
        if known is not None:
            return known
        index = self.tools.index(account_id)
        names = {name: tool.function_id for name, tool in index.items()}
        characters = sum(len(name) + len(id_) for name, id_ in names.items())
        self._keep(self._names, at, names, characters, count)
        return names

    def _draft(self, account_id: str, function_id: str | None) -> Function | None:
        if function_id is None:
            return None
        try:
            return self.tools.functions.get(account_id, function_id)
        except NotFoundError:  # it was just removed
            return None
