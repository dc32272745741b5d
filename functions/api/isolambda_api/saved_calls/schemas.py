"""What requests and responses of saved calls hold."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from isolambda_api.http.openapi import Bodies
from isolambda_api.http.table_model import TableModel
from isolambda_api.kazoo.schemas import Closed, Gregorian, KeyId, Paged, ReadOnly, Success
from isolambda_api.saved_calls.routes import RUN_SCHEMA
from isolambda_core.domain.contracts.documents import SAVED_CALL_SCHEMA


class SavedCallInput(TableModel):
    """A saved call to be made or replaced."""

    table = SAVED_CALL_SCHEMA


class SavedCallRequest(BaseModel):
    """A saved call in Kazoo's envelope."""

    data: SavedCallInput


class SavedCallRun(TableModel):
    """What to execute saved calls on."""

    table = RUN_SCHEMA


class SavedCallRunRequest(BaseModel):
    """What to execute saved calls on, in Kazoo's envelope."""

    data: SavedCallRun


class SavedCallSummary(Closed):
    """A saved call in a list."""

    name: str
    expects: Literal["equal", "subset", "schema", "outcome"]
    created: Gregorian
    created_by: KeyId
    modified: Gregorian
    modified_by: KeyId


class SavedCallDocument(TableModel):
    """A saved call."""

    table = SAVED_CALL_SCHEMA

    name: str
    created: Gregorian
    created_by: KeyId
    modified: Gregorian
    modified_by: KeyId
    read_only: Annotated[ReadOnly | None, Field(alias="_read_only")] = None


class PlayedCall(Closed):
    """What came of a saved call."""

    name: str
    passed: bool
    path: Annotated[
        str | None,
        Field(description="A JSON Pointer to the first difference; null where it passed."),
    ]
    message: Annotated[str | None, Field(description="What is wrong there.")]
    expected: Annotated[
        Any, Field(description="What is expected there; a text that is cut if it is long.")
    ]
    got: Annotated[Any, Field(description="What came instead; a text that is cut if it is long.")]


class SavedCallReport(Closed):
    """What came of all saved calls."""

    version: Annotated[str, Field(description="The version, or `$LATEST` for the draft.")]
    passed: Annotated[int, Field(ge=0)]
    failed: Annotated[int, Field(ge=0)]
    calls: Annotated[list[PlayedCall], Field(description="In the order of their names.")]


class SavedCallResponse(Success):
    """One saved call."""

    data: SavedCallDocument


class SavedCallListResponse(Paged):
    """A page of saved calls."""

    data: list[SavedCallSummary]


class SavedCallReportResponse(Success):
    """What came of all saved calls."""

    data: SavedCallReport


BODIES = {
    "list_saved_calls": Bodies(SavedCallListResponse),
    "fetch_saved_call": Bodies(SavedCallResponse),
    "put_saved_call": Bodies(SavedCallResponse, SavedCallRequest, others={200: SavedCallResponse}),
    "remove_saved_call": Bodies(SavedCallResponse),
    "run_saved_calls": Bodies(SavedCallReportResponse, SavedCallRunRequest, required=False),
}
"""By the name of the route."""
