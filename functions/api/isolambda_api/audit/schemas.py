"""What responses about the audit hold."""

from typing import Annotated, Any

from pydantic import Field

from isolambda_api.http.openapi import Bodies
from isolambda_api.kazoo.schemas import Closed, Id, Paged


class ActorDocument(Closed):
    """Who changed something: a caller with a key, an operator, or the platform itself."""

    key_id: Annotated[Id | None, Field(description="The API key, also of a token.")] = None
    account_id: Annotated[Id | None, Field(description="The account of the key.")] = None
    operator: Annotated[
        str | None, Field(description="The system's user who ran `isolambda admin`.")
    ] = None
    platform: Annotated[
        bool | None,
        Field(description="`true` where it acts by itself, as where something keeps failing."),
    ] = None
    address: Annotated[str | None, Field(description="Where the request came from.")] = None


class TargetDocument(Closed):
    """What was changed."""

    type: Annotated[str, Field(examples=["function"])]
    id: Annotated[str, Field(description="Its id; the name of what has none.")]
    function_id: Annotated[Id | None, Field(description="The function it belongs to.")] = None


class AuditEntryDocument(Closed):
    """One change."""

    id: Annotated[Id, Field(description="Entries sort by it, in the order of the changes.")]
    when_ms: Annotated[int, Field(description="Unix milliseconds.")]
    who: ActorDocument
    account_id: Id
    what: Annotated[str, Field(examples=["function.updated"])]
    target: TargetDocument
    before: Annotated[
        dict[str, Any] | None,
        Field(
            description="The document before, null for what is new; `sha256` and `bytes` stand for "
            "sources, and for values that are too long."
        ),
    ]
    after: Annotated[
        dict[str, Any] | None, Field(description="The document after, null for what is gone.")
    ]
    correlation_id: Annotated[str | None, Field(description="The id of the request.")]


class AuditListResponse(Paged):
    """A page of the audit."""

    data: list[AuditEntryDocument]


BODIES = {"list_audit": Bodies(AuditListResponse)}
"""By the name of the route."""
