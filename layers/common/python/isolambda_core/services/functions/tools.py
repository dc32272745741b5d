"""The tools of an account, and what each of them is now."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from isolambda_core.domain.document_warnings import DocumentWarning
from isolambda_core.domain.documents import Document
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.functions.errors import QualifierNotFoundError
from isolambda_core.domain.functions.functions import LATEST, Function
from isolambda_core.domain.functions.tools import LIVE, Tool, is_tool, name_of, tools_in
from isolambda_core.ports.functions import FunctionRepository
from isolambda_core.services.executions.execution import ExecutionService, Resolved
from isolambda_core.services.functions.live_functions import live_versions


@dataclass(frozen=True, slots=True)
class ToolService:
    """Finds the tools of an account among its functions."""

    functions: FunctionRepository
    executions: ExecutionService

    def index(self, account_id: str) -> Mapping[str, Tool]:
        """Return all tools of an account by name, in the order of their functions' ids."""
        return tools_in(self.functions.tools(account_id))

    def warnings(self, function: Function) -> Iterator[DocumentWarning]:
        """Yield a warning where a function would be a tool, and another one has its name."""
        if not is_tool(function):
            return
        name = name_of(function)
        holder = self.index(function.account_id).get(name)
        if holder is not None and holder.function_id != function.id:
            message = f"`{name}` is the tool of function {holder.function_id}: this one is none"
            yield DocumentWarning("tool", "name_taken", message)

    def page(
        self, account_id: str, after: str, limit: int, only: str | None = None
    ) -> Sequence[Tool]:
        """Return at most ``limit`` tools, of functions whose ids come behind ``after``.

        ``only`` is the id of the one function that the caller may execute, where there is one.
        """
        tools = self.index(account_id).values()
        wanted = (
            tool for tool in tools if tool.function_id > after and only in (None, tool.function_id)
        )
        return list(islice(wanted, limit))

    def documents(self, account_id: str, tools: Sequence[Tool]) -> Sequence[Document]:
        """Return the document of what each tool is now; it need not have a source.

        Of an alias that points to two versions it is the first.
        """
        ids = [tool.function_id for tool in tools]
        of = (self.executions.aliases, self.executions.versions)
        versions = live_versions(*of, account_id, ids)
        return [
            tool.draft
            if (version := versions.get(tool.function_id)) is None
            else version.over(tool.draft)
            for tool in tools
        ]

    def resolve(self, invocation: Invocation, draft: Function | None = None) -> Resolved:
        """Return what ``ExecutionService.resolve`` does: the version of ``live``, or the draft.

        ``draft`` is that of the function, where the caller has read it.

        Raises:
            FunctionNotFoundError: the account has no such function.
        """
        draft = draft or self.functions.get(invocation.account_id, invocation.function_id)
        try:
            return self.executions.resolve(_at(invocation, LIVE), draft)
        except QualifierNotFoundError:
            return self.executions.resolve(_at(invocation, LATEST), draft)


def _at(invocation: Invocation, qualifier: str) -> Invocation:
    return replace(invocation, qualifier=qualifier)
