"""Which page of a list is asked for (Kx: doc/basics.md, src/crossbar_view.erl)."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Self, TypeVar

from fastapi import Depends, Query, Request, Response

from isolambda_api.http.raises import raises
from isolambda_api.kazoo.envelope import listing
from isolambda_core.domain.errors import IsolambdaError
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.limits import PAGE_SIZE, PAGE_SIZE_MAX
from isolambda_core.services.paging import Page

_Item = TypeVar("_Item")
_NUMBER = re.compile(r"-?[0-9]{1,18}")
NO_NUMBER = "invalid page size"
_BEFORE_ALL, _AFTER_ALL = "!", "~"  # in the order of characters, around every id
_KEY_CHARACTERS = 128
"""Longer than anything that a list is ordered by, so the rest of a key cannot matter."""


class FaultyRequestError(IsolambdaError):
    """The page size makes no sense; ``str(error)`` says why, in Kazoo's words."""


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A page of at most ``size`` items, from the one that follows ``after``."""

    size: int
    after: str
    descending: bool

    @classmethod
    def parse(
        cls,
        page_size: str | None,
        start_key: str | None,
        ascending: str | None = None,
        descending: str | None = None,
    ) -> Self:
        """Read the query parameters; without any it is the first page of the default size.

        Raises:
            FaultyRequestError: the page size is no number, or less than 1.
        """
        down = ascending != "true" and descending != "false"
        first = _AFTER_ALL if down else _BEFORE_ALL
        after = decode_key(start_key) if start_key else first
        return cls(size_of(page_size), after, down)

    def paging(self, page: Page[object]) -> dict[str, JsonValue]:
        """Return the envelope's keys for the page that was found."""
        paging: dict[str, JsonValue] = {
            "page_size": len(page.items),
            "start_key": encode_key(self.after),
        }
        if page.next_after is not None:
            paging["next_start_key"] = encode_key(page.next_after)
        return paging


def paged(
    request: Request,
    wanted: PageRequest,
    page: Page[_Item],
    item_of: Callable[[_Item], Mapping[str, JsonValue]],
) -> Response:
    """Return a page of a list; ``item_of`` makes an item of what was found."""
    return listing(request, [item_of(found) for found in page.items], wanted.paging(page))


_PageSize = Annotated[
    str | None, Query(description=f"1 to {PAGE_SIZE_MAX}; {PAGE_SIZE} if absent.")
]
_StartKey = Annotated[str | None, Query(description="`next_start_key` of the page before.")]


@raises(FaultyRequestError(NO_NUMBER))
async def _page_request(
    page_size: _PageSize = None,
    start_key: _StartKey = None,
    ascending: Annotated[str | None, Query(description="`true` for the lowest id first.")] = None,
    descending: Annotated[str | None, Query(description="`false` for the lowest id first.")] = None,
) -> PageRequest:
    return PageRequest.parse(page_size, start_key, ascending, descending)


Paging = Annotated[PageRequest, Depends(_page_request)]
"""The page that is asked for, of a list in the order of ids; by default the highest id is first."""


@raises(FaultyRequestError(NO_NUMBER))
async def _newest_first(page_size: _PageSize = None, start_key: _StartKey = None) -> PageRequest:
    return PageRequest.parse(page_size, start_key)


PagingNewestFirst = Annotated[PageRequest, Depends(_newest_first)]
"""The page that is asked for, of a list that has no other order."""


def size_of(text: str | None, default: int = PAGE_SIZE, most: int = PAGE_SIZE_MAX) -> int:
    """Return how many items a client asks for, at most ``most``; ``default`` if it does not say.

    Raises:
        FaultyRequestError: it is no number, or less than 1.
    """
    if text is None:
        return default
    if not _NUMBER.fullmatch(text):
        raise FaultyRequestError(NO_NUMBER)
    if int(text) < 1:
        raise FaultyRequestError("page size must be at least 1")
    return min(int(text), most)


def encode_key(after: str) -> str:
    """Return the key of a place in a list, as clients get it."""
    return base64.urlsafe_b64encode(after.encode()).rstrip(b"=").decode()


def decode_key(key: str) -> str:
    """Return what a key stands for; one that does not decode is used raw, never an error."""
    try:
        after = base64.b64decode(
            key + "=" * (-len(key) % 4), altchars=b"-_", validate=True
        ).decode()
    except (binascii.Error, ValueError):  # ValueError: not ASCII, or not UTF-8
        after = key
    return after[:_KEY_CHARACTERS]
