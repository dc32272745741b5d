"""What a client demands of a revision: ``If-Match``, ``If-None-Match`` (RFC 9110, section 13)."""

from typing import Annotated

from fastapi import Depends, Request

from isolambda_api.http.headers import elements_of
from isolambda_api.http.raises import raises
from isolambda_core.domain.errors import PreconditionFailedError, RevisionConflictError
from isolambda_core.domain.revisions import Expectation

_ANY = "*"


def is_known_to_client(request: Request, etag: str) -> bool:
    """Tell whether ``If-None-Match`` names the revision: the client has it, and needs no body."""
    known = elements_of(request.headers.get("if-none-match", ""))
    # Weak tags are ours, as somebody in between made them who compressed the answer.
    return not {_ANY, etag, f'"{etag}"', f'W/"{etag}"'}.isdisjoint(known)


@raises(PreconditionFailedError(), RevisionConflictError())
async def _expected(request: Request) -> Expectation | None:
    wanted = request.headers.get("if-match")
    if wanted is None and "if-none-match" not in request.headers:
        return None
    matching = None if wanted is None else elements_of(wanted)

    def is_expected(etag: str) -> bool:
        # A revision of the envelope, which has no quotes, is taken as well.
        is_wanted = matching is None or not {_ANY, etag, f'"{etag}"'}.isdisjoint(matching)
        return is_wanted and not is_known_to_client(request, etag)

    return is_expected


Expected = Annotated[Expectation | None, Depends(_expected)]
"""The revisions that both headers let a write start from; None when they let any."""
