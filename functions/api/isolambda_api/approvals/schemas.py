"""What responses about approvals hold."""

from typing import Annotated, Any

from pydantic import Field

from isolambda_api.http.openapi import Bodies
from isolambda_api.kazoo.schemas import Closed, Gregorian, Id, KeyId, Paged, Success
from isolambda_core.domain.tools.approvals import ApprovalStatus


class ApprovalDocument(Closed):
    """A call of a tool that a person is to decide on, and what became of it."""

    id: Id
    status: Annotated[
        ApprovalStatus, Field(description="`used`: the call was executed, and needs a new one.")
    ]
    tool: Annotated[str, Field(description="The name of the tool.")]
    function_id: Annotated[Id, Field(description="The function that is the tool.")]
    key_id: Annotated[Id, Field(description="The API key that made the call.")]
    arguments: Annotated[dict[str, Any], Field(description="What the tool is called with.")]
    arguments_sha256: Annotated[
        str, Field(description="Of the arguments as compact JSON in ASCII, keys sorted.")
    ]
    asked: Gregorian
    expires: Annotated[Gregorian, Field(description="When neither it nor a decision holds.")]
    decided: Gregorian | None
    decided_by: KeyId
    execution_id: Annotated[Id | None, Field(description="The execution that used it.")]


class ApprovalResponse(Success):
    """One approval."""

    data: ApprovalDocument


class ApprovalListResponse(Paged):
    """A page of approvals."""

    data: list[ApprovalDocument]


BODIES = {
    "list_approvals": Bodies(ApprovalListResponse),
    "fetch_approval": Bodies(ApprovalResponse),
    "approve_call": Bodies(ApprovalResponse),
    "deny_call": Bodies(ApprovalResponse),
}
"""By the name of the route."""
