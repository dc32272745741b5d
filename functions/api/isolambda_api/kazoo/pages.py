"""Which page of a list is asked for (Kx: doc/basics.md, src/crossbar_view.erl)."""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Self

from isolambda_core.domain.errors import IsolambdaError
from isolambda_core.domain.ids import new_id
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.limits import PAGE_SIZE, PAGE_SIZE_MAX
from isolambda_core.ports import Page

_NUMBER = re.compile(r"-?[0-9]{1,18}")
_ID_CHARACTERS = len(new_id())
_BEFORE_ALL, _AFTER_ALL = "!", "~"  # in the order of characters, around every id


class FaultyRequestError(IsolambdaError):
    """The page size makes no sense; ``str(error)`` says why, in Kazoo's words."""


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A page of at most ``size`` functions, from the one that follows ``after``."""

    size: int
    after: str
    descending: bool

    @classmethod
    def parse(
        cls,
        page_size: str | None,
        start_key: str | None,
        ascending: str | None,
        descending: str | None,
    ) -> Self:
        """Read the query parameters; without any it is the first page of the default size.

        Raises:
            FaultyRequestError: the page size is no number, or less than 1.
        """
        down = ascending != "true" and descending != "false"
        first = _AFTER_ALL if down else _BEFORE_ALL
        after = _decode_key(start_key) if start_key else first
        return cls(_size(page_size), after, down)

    def paging(self, page: Page) -> dict[str, JsonValue]:
        """Return the envelope's keys for the page that was found."""
        paging: dict[str, JsonValue] = {
            "page_size": len(page.functions),
            "start_key": _encode_key(self.after),
        }
        if page.next_after is not None:
            paging["next_start_key"] = _encode_key(page.next_after)
        return paging


def _size(text: str | None) -> int:
    if text is None:
        return PAGE_SIZE
    if not _NUMBER.fullmatch(text):
        raise FaultyRequestError("invalid page size")
    if int(text) < 1:
        raise FaultyRequestError("page size must be at least 1")
    return min(int(text), PAGE_SIZE_MAX)


def _encode_key(after: str) -> str:
    return base64.urlsafe_b64encode(after.encode()).rstrip(b"=").decode()


def _decode_key(key: str) -> str:
    """Return what a key stands for; one that does not decode is used raw, never an error."""
    try:
        after = base64.b64decode(
            key + "=" * (-len(key) % 4), altchars=b"-_", validate=True
        ).decode()
    except (binascii.Error, ValueError):  # ValueError: not ASCII, or not UTF-8
        after = key
    # Nothing beyond the length of an id can matter to the order of ids.
    return after[:_ID_CHARACTERS]
