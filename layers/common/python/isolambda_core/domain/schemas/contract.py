"""Where a value does not fit a schema, and what is wrong there."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """The first place where a value does not fit a schema.

    ``path`` is a JSON Pointer into the value, and ``keys`` is what it is made of. ``keyword`` is of
    JSON Schema, or ``maxDepth``, or ``maxWork``. ``message`` has nothing of the value but names of
    its properties.
    """

    keys: tuple[str, ...]
    keyword: str
    message: str

    @property
    def path(self) -> str:
        """Where it is (RFC 6901): empty for the whole value, or ``/items/0/id``."""
        return pointer_of(self.keys)

    @property
    def text(self) -> str:
        """The path and the message, for a person to read."""
        return f"{self.path}: {self.message}" if self.keys else self.message


def pointer_of(keys: Sequence[str]) -> str:
    """Return the JSON Pointer of a path of keys and indexes (RFC 6901)."""
    return "".join(f"/{key.replace('~', '~0').replace('/', '~1')}" for key in keys)
