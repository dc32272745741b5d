"""Errors of calls of tools, as the code that calls reads them.

IsolambdaError
└── ToolCallError             the call is refused, and nothing was executed
    ├── InvalidCallError      it is none of ours, or a part of it breaks a rule
    ├── UnknownToolError      the account has no tool of that name
    ├── ToolForbiddenError    the execution has no tools, or its caller may not execute this one
    ├── UnapprovedCallError   a person is to decide on each call of it
    │   ├── ApprovalRequiredError  … who has not decided on this one
    │   └── ApprovalDeniedError    … who has denied this one
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


class UnapprovedCallError(ToolCallError):
    """A person is to decide on each call of the tool; ``approval_id`` is that of this call."""

    def __init__(self, message: str, approval_id: str) -> None:
        super().__init__(message)
        self.approval_id = approval_id

    @property
    def details(self) -> Mapping[str, JsonValue]:  # type: ignore[explicit-override]
        """The code, the message, and the id of the approval."""
        return {**super().details, "approval_id": self.approval_id}


class ApprovalRequiredError(UnapprovedCallError):
    """No person has decided on the call yet."""

    code = "approval_required"

    def __init__(self, name: str, approval_id: str) -> None:
        super().__init__(
            f"{name!r} was not called: a person has to approve this call, which is approval "
            f"{approval_id}; after that, call it again with the same arguments",
            approval_id,
        )


class ApprovalDeniedError(UnapprovedCallError):
    """A person has denied the call."""

    code = "approval_denied"

    def __init__(self, name: str, approval_id: str) -> None:
        super().__init__(
            f"{name!r} was not called: a person has denied this call, approval {approval_id}",
            approval_id,
        )


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
