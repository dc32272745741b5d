"""Ids: 32 lower-case hexadecimal characters. Clients may also write a GUID."""

import os
import re
from collections.abc import Callable
from uuid import UUID

ID_PATTERN = "^[0-9a-f]{32}$"
"""Pattern of an id, for JSON Schema."""

GUID_PATTERN = "^([0-9a-fA-F]{32}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$"
"""Pattern of a GUID, which names an id."""

MS_MAX = 2**48 - 1
"""The last Unix millisecond that an execution id can begin with, in the year 10889."""

_ID = re.compile(r"[0-9a-f]{32}")
_TIME_CHARACTERS = 12
_RANDOM_CHARACTERS = 20
_AT_ONCE = 64


def new_id() -> str:
    """Return a new random id of 128 bits."""
    return os.urandom(16).hex()


class NewIds:
    """Gives new ids as :func:`new_id`, from random bytes for many at once: a system call for 64.

    It has none before it is first called, as many processes may start from a snapshot of one.
    """

    def __init__(self) -> None:
        self._left: list[str] = []

    def __call__(self) -> str:
        """Return a new random id of 128 bits."""
        while True:
            try:
                return self._left.pop()
            except IndexError:  # or another thread took the last one
                characters = os.urandom(16 * _AT_ONCE).hex()
                begins = range(0, len(characters), 32)
                self._left.extend(characters[at : at + 32] for at in begins)


def new_execution_id(now_ms: int, new: Callable[[], str] = new_id) -> str:
    """Return a new id of an execution; ids sort by the time of the request.

    It has 48 bits of Unix milliseconds, then 80 random bits of the id that ``new`` returns.
    """
    return _time_of(now_ms) + new()[:_RANDOM_CHARACTERS]


def first_execution_id(at_ms: int) -> str:
    """Return the lowest id that an execution of the time ``at_ms`` can have."""
    return _time_of(at_ms) + "0" * _RANDOM_CHARACTERS


def asked_at_ms(execution_id: str) -> int:
    """Return the time in the id of an execution, in Unix milliseconds."""
    return int(execution_id[:_TIME_CHARACTERS], 16)


def _time_of(at_ms: int) -> str:
    if not 0 <= at_ms <= MS_MAX:
        at_ms = 0 if at_ms < 0 else MS_MAX
    return f"{at_ms:0{_TIME_CHARACTERS}x}"


def is_id(text: str) -> bool:
    """Return whether ``text`` is an id, without dashes or capitals."""
    return _ID.fullmatch(text) is not None


def parse_guid(text: str) -> str | None:
    """Return the id that a GUID names, dashed or not, in any case; None when it is not a GUID."""
    if _ID.fullmatch(text) is not None:
        return text
    candidate = text.lower()
    if len(candidate) == 36:  # noqa: PLR2004 - the dashed form; UUID() alone would take dashes anywhere
        try:
            parsed = UUID(candidate)
        except ValueError:
            return None
        return parsed.hex if str(parsed) == candidate else None
    return candidate if is_id(candidate) else None


def dashed(identifier: str) -> str:
    """Return an id in the dashed form of CodeMash's API."""
    return str(UUID(identifier))
