"""What a client demands of a revision: ``If-Match``, ``If-None-Match`` (RFC 9110, section 13)."""

from typing import Annotated

from fastapi import Depends, Request

from isolambda_core.domain.revisions import Expectation

_ANY = "*"


def is_known_to_client(request: Request, etag: str) -> bool:
    """Tell whether ``If-None-Match`` names the revision: the client has it, and needs no body."""
    known = request.headers.get("if-none-match")
    return known is not None and _names(known, etag)


async def _expected(request: Request) -> Expectation | None:
    wanted = request.headers.get("if-match")
    return None if wanted is None else lambda etag: _names(wanted, etag)


Expected = Annotated[Expectation | None, Depends(_expected)]
"""The revisions that ``If-Match`` lets a write start from; None when it lets any."""


def _names(header: str, etag: str) -> bool:
    # A revision of the envelope, which has no quotes, is taken as well.
    tags = {tag.strip().removeprefix("W/").strip('"') for tag in header.split(",")}
    return _ANY in tags or etag in tags
