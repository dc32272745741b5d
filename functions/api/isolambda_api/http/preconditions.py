"""What a client demands of a revision: ``If-Match``, ``If-None-Match`` (RFC 9110, section 13)."""

from typing import Annotated, Any

from fastapi import Depends, Request

from isolambda_api.http.headers import elements_of
from isolambda_api.http.raises import raises, reads
from isolambda_core.domain.errors import PreconditionFailedError, RevisionConflictError
from isolambda_core.domain.revisions import NOTHING, Expectation

NOT_MODIFIED = 304
CACHED: dict[int | str, dict[str, Any]] = {
    NOT_MODIFIED: {"description": "The client has it already; there is no body."}
}
"""The ``responses`` of a route that says so to a client that has the answer already."""

_ANY = "*"


def is_known_to_client(request: Request, etag: str) -> bool:
    """Tell whether ``If-None-Match`` names the revision: the client has it, and needs no body."""
    known = elements_of(request.headers.get("if-none-match", ""))
    # A proxy that compresses an answer makes its tag weak.
    return not {_ANY, etag, f'"{etag}"', f'W/"{etag}"'}.isdisjoint(known)


@raises(PreconditionFailedError(), RevisionConflictError())
@reads(
    {
        "name": "If-Match",
        "in": "header",
        "description": "ETags of which the write is to start from one; `*` is any.",
        "schema": {"type": "string"},
    },
    {
        "name": "If-None-Match",
        "in": "header",
        "description": "ETags of which the write must start from none; `*` is any.",
        "schema": {"type": "string"},
    },
)
async def _expected(request: Request) -> Expectation | None:
    if_match = request.headers.get("if-match")
    if if_match is None and "if-none-match" not in request.headers:
        return None
    matching = None if if_match is None else elements_of(if_match)

    def is_expected(etag: str) -> bool:
        if etag == NOTHING:  # which no tag names, and no `*` (RFC 9110, sections 13.1.1, 13.1.2)
            return matching is None
        # A revision of the envelope, which has no quotes, is taken as well.
        is_wanted = matching is None or not {_ANY, etag, f'"{etag}"'}.isdisjoint(matching)
        return is_wanted and not is_known_to_client(request, etag)

    return is_expected


Expected = Annotated[Expectation | None, Depends(_expected)]
"""The revisions that both headers let a write start from; None when they let any."""
