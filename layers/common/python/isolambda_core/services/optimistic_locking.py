"""Retry writes of the platform that meet a conflict; see ``domain.revisions``."""

from collections.abc import Callable
from typing import TypeVar

from isolambda_core.domain.errors import RevisionConflictError

ATTEMPTS = 5
"""How often the platform attempts a write of its own. A client's write is attempted once."""

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def write_latest(
    item: _Item, write: Callable[[_Item], _Result], read: Callable[[], _Item]
) -> _Result:
    """Write an item, and return what ``write`` returns.

    After a conflict, ``read`` returns the item as the other writer left it, and ``write`` gets
    that.

    Raises:
        RevisionConflictError: each of ``ATTEMPTS`` met a conflict.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            return write(item)
        except RevisionConflictError:
            item = read()
    return write(item)
