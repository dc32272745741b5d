"""Decide where a page of a list ends, for every list and every store."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from isolambda_core.domain.documents import Document
from isolambda_core.domain.json_text import dump
from isolambda_core.domain.limits import EXAMINED_BYTES, PAGE_BYTES

AROUND_BYTES = 512
"""What an item takes beside its document: keys and times in the store, an id in the answer."""


class _Listed(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def document(self) -> Document: ...


_Item_co = TypeVar("_Item_co", covariant=True)
_Item = TypeVar("_Item", bound=_Listed)


@dataclass(frozen=True, slots=True)
class Page(Generic[_Item_co]):
    """Some items of a list, in its order; ``next_after`` is None on the last page.

    Otherwise it is the id to start behind for the next page.
    """

    items: Sequence[_Item_co]
    next_after: str | None


def fill_page(
    items: Iterable[_Item],
    limit: int | None,
    predicate: Callable[[_Item], bool] | None = None,
) -> Page[_Item]:
    """Take at most ``limit`` items (1 or more; None for any number) and ``PAGE_BYTES`` of them.

    The first item always fits. With ``predicate``, what it refuses is passed over until the page is
    full, or until ``EXAMINED_BYTES`` were looked at: then the page may even be empty. One item more
    than the page holds is taken from the iterable, so that the last page knows that it is the last.
    """
    page: list[_Item] = []
    room, examinable = PAGE_BYTES, EXAMINED_BYTES
    after = None
    for item in items:
        if examinable <= 0:
            return Page(page, after)
        size = AROUND_BYTES + len(dump(item.document))
        if predicate is None or predicate(item):
            if page and (len(page) == limit or size > room):
                return Page(page, after)
            page.append(item)
            room -= size
        examinable -= size
        after = item.id
    return Page(page, next_after=None)
