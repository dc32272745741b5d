"""Errors of calls of tools, as the code that calls reads them.

IsolambdaError
└── ToolCallError             the call is refused, and nothing was executed
    ├── InvalidCallError      it is none of ours, or a part of it breaks a rule
    ├── UnknownToolError      the account has no tool of that name
    ├── ToolForbiddenError    the execution has no tools, or its caller may not execute this one
    ├── ApprovalRequiredError code may not call it, since a person is to approve each call
    ├── ToolUnavailableError  it cannot be executed now
    └── CallLimitError        a part of it, or all calls together, are over a limit
"""

from collections.abc import Mapping
from typing import ClassVar

from isolambda_core.domain.errors import IsolambdaError
from isolambda_core.domain.json_text import JsonValue


class ToolCallError(IsolambdaError):
    """The call is refused, and nothing was executed; ``code`` is one of a closed set."""

    code: ClassVar[str]

    @property
    def details(self) -> Mapping[str, JsonValue]:
        """The code and the message, and of a limit its name, its value, and what was used."""
        return {"code": self.code, "message": str(self)}


class InvalidCallError(ToolCallError):
    """The call is none of ours, or a part of it breaks a rule."""

    code = "invalid"


class UnknownToolError(ToolCallError):
    """The account has no tool of that name."""

    code = "unknown_tool"

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no tool {name!r}")


class ToolForbiddenError(ToolCallError):
    """The execution has no tools, or its caller may not execute this one."""

    code = "not_allowed"


class ApprovalRequiredError(ToolCallError):
    """Code may not call the tool, since a person is to approve each call."""

    code = "approval_required"

    def __init__(self, name: str) -> None:
        super().__init__(f"code cannot call {name!r}: a person is to approve each call of it")


class ToolUnavailableError(ToolCallError):
    """The tool cannot be executed now."""

    code = "unavailable"


class CallLimitError(ToolCallError):
    """A part of the call, or all calls together, are over a limit."""

    code = "exceeded_tools"

    def __init__(self, what: str, limit: str, value: int, used: int) -> None:
        super().__init__(f"{what}: {used}; the limit is {value}")
        self.limit = limit
        self.value = value
        self.used = used

    @property
    def details(self) -> Mapping[str, JsonValue]:  # type: ignore[explicit-override]
        """The code, the message, the limit, its value, and what was used."""
        return {**super().details, "limit": self.limit, "value": self.value, "used": self.used}
