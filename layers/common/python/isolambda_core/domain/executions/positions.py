"""Where a record stands among all of its account: a text, in the order of texts.

A record gets a new position when its execution is asked for, and when an attempt ends. The number
at the beginning of a position is the store's: it never falls from one write of an account to the
next.
"""

import re
from dataclasses import dataclass

from isolambda_core.domain.documents import Document
from isolambda_core.domain.executions.records import ExecutionRecord

BEFORE_ALL, AFTER_ALL = "!", "~"
"""Texts around every position."""

_POSITION = re.compile(r"([0-9]{13})(#[0-9a-f]{8,32}|~)")
_ID_CHARACTERS = 8


@dataclass(frozen=True, slots=True)
class PositionedRecord:
    """A record at its position, by which it is listed."""

    position: str
    record: ExecutionRecord

    @property
    def id(self) -> str:
        """The position."""
        return self.position

    @property
    def document(self) -> Document:
        """The record as a JSON object."""
        return self.record.document


def position_of(number: int, execution_id: str) -> str:
    """Return a position with a number that others may have, too, 0 to 10^13 - 1.

    It has random characters of the id, of which a few are enough among those with one number.
    """
    return f"{number:013}#{execution_id[-_ID_CHARACTERS:]}"


def end_of(number: int) -> str:
    """Return the text behind every position with ``number``, and before those with a higher one."""
    return f"{number:013}{AFTER_ALL}"


def number_in(position: str) -> int | None:
    """Return the number in what one of the functions above returned; None of any other text."""
    found = _POSITION.fullmatch(position)
    return None if found is None else int(found[1])
