"""Where a page of functions ends: one decision for every store."""

from collections.abc import Iterable

from isolambda_core.domain.functions import Function
from isolambda_core.domain.limits import PAGE_BYTES
from isolambda_core.ports import Page


def fill_page(functions: Iterable[Function], limit: int) -> Page:
    """Take functions for one page, at most ``limit`` (1 or more) and ``PAGE_BYTES`` of sources.

    The first function always fits. One function more than the page holds is taken from the
    iterable, so that the last page knows that it is the last.
    """
    page: list[Function] = []
    room = PAGE_BYTES
    for function in functions:
        room -= len(function.source.encode("utf-8", "surrogatepass"))
        if page and (len(page) == limit or room < 0):
            return Page(page, next_after=page[-1].id)
        page.append(function)
    return Page(page, next_after=None)
