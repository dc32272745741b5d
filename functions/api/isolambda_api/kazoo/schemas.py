"""What Kazoo's envelopes hold, as the OpenAPI document describes it."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from isolambda_core.domain.accounts.api_keys import API_KEY_CHARACTERS
from isolambda_core.domain.executions.execution import Hint
from isolambda_core.domain.functions.versions import NUMBER_SCHEMA
from isolambda_core.domain.ids import ID_PATTERN

Id = Annotated[str, Field(pattern=ID_PATTERN)]
ApiKeyValue = Annotated[
    str,
    Field(description="A secret.", min_length=API_KEY_CHARACTERS, max_length=API_KEY_CHARACTERS),
]


Gregorian = Annotated[int, Field(description="Gregorian seconds.", examples=[63877472674])]
KeyId = Annotated[
    Id | None,
    Field(
        description="The API key that did it; null where an operator or the platform did, or it is "
        "not known."
    ),
]


class Closed(BaseModel):
    """An object with no other keys."""

    model_config = ConfigDict(extra="forbid")


class DocumentWarning(Closed):
    """Something that was kept as it came, and is likely not what was meant."""

    field: Annotated[str, Field(description="The key that it is about.")]
    code: Annotated[
        str,
        Field(
            json_schema_extra={
                "enum": [
                    "compile_error",
                    *(hint.value for hint in Hint),
                    "unknown_key",
                    "beyond_ceiling",
                    "name_taken",
                ]
            }
        ),
    ]
    message: str
    line: Annotated[int, Field(description="Of the source, from 1.", ge=1)] = 1
    column: Annotated[int, Field(description="Of the source, from 1.", ge=1)] = 1


Warnings = Annotated[
    list[DocumentWarning],
    Field(description="About what was written, in the answer to the write alone; absent if none."),
]


class DisabledVersion(Closed):
    """What is not executed because it kept failing, and is tried again at a time."""

    version: Annotated[str, Field(description="A number, or `$LATEST` for the draft.")]
    reason: str
    retry_at: Annotated[int, Field(description="In Gregorian seconds.")]


class ReadOnly(Closed):
    """What the server alone says about a document."""

    deleted: bool = False
    disable_reason: Annotated[
        str, Field(description="Why the platform disabled the draft, or versions; else absent.")
    ] = ""
    disabled: Sequence[DisabledVersion] = ()
    warnings: Warnings = []


class Writes(Closed):
    """When a document was written, and by which key."""

    created: Gregorian
    created_by: KeyId
    modified: Annotated[Gregorian, Field(description="When anything of it last changed.")]
    modified_by: KeyId


class Metadata(Writes):
    """What the envelope of a document says about it (KAZOO 5)."""

    id: Id


class Written(ReadOnly, Writes):
    """What the server alone says about a document in a list."""


class Tokens(Closed):
    """What the request cost of the caller's bucket, and what it still holds."""

    consumed: int
    remaining: int


class Envelope(Closed):
    """What surrounds the data of every answer."""

    request_id: Annotated[str, Field(description="Also in the header `x-request-id`.")]
    node: Annotated[str, Field(description="The process that answered.")]
    timestamp: Annotated[str, Field(description="UTC.", examples=["2024-03-12T14:24:34"])]
    tokens: Tokens
    auth_token: Annotated[
        str, Field(description="The token, where the request had one or asked for one.")
    ] = ""
    version: Annotated[str, Field(description="Only for those who showed a key or token.")] = ""


class Success(Envelope):
    """What surrounds the data of an answer that went well."""

    status: Literal["success"]
    revision: Annotated[
        str, Field(description="The ETag without its quotes; `automatic` where there is none.")
    ]


class Paged(Success):
    """A page of a list; `paginate=false` removes its three keys."""

    page_size: Annotated[int, Field(description="How many there are on this page.")] = 0
    start_key: Annotated[str, Field(description="The key of this page.")] = ""
    next_start_key: Annotated[
        str, Field(description="The key of the next page; absent on the last.")
    ] = ""


class ErrorEnvelope(Envelope):
    """A request that failed."""

    data: Annotated[
        dict[str, Any] | list[Any], Field(description="What was wrong; see the examples.")
    ]
    status: Literal["error"]
    message: Annotated[str, Field(description="The kind of error.", examples=["bad_identifier"])]
    error: Annotated[str, Field(description="The HTTP status.", pattern="^[45][0-9]{2}$")]


Number = Annotated[int, WithJsonSchema({**NUMBER_SCHEMA})]
