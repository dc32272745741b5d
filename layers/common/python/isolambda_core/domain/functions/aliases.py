"""An alias: a name that points to a version, or to two of them with a weight."""

import hashlib
import re
from dataclasses import dataclass, replace
from typing import Self

from isolambda_core.domain import limits
from isolambda_core.domain.documents import Document
from isolambda_core.domain.revisions import etag_of

NAME_PATTERN = "^[A-Za-z_][A-Za-z0-9_-]{0,127}$"
"""An alias's name; never a number, which is a version, nor ``$LATEST``."""

_NAME = re.compile(NAME_PATTERN)
_SHARES = 2**64


@dataclass(frozen=True, slots=True)
class Target:
    """The version or the two versions that an alias points to.

    Of all executions the share ``additional_weight`` (0 to 1) goes to ``additional_version``, the
    rest to ``version``.
    """

    version: int
    additional_version: int | None = None
    additional_weight: float = 0.0

    @property
    def versions(self) -> frozenset[int]:
        """The versions that an alias with this target needs."""
        if self.additional_version is None:
            return frozenset({self.version})
        return frozenset({self.version, self.additional_version})

    def choose(self, share: float) -> int:
        """Return the version for an execution whose share is a number from 0 up to 1."""
        if self.additional_version is not None and share < self.additional_weight:
            return self.additional_version
        return self.version


@dataclass(frozen=True, slots=True)
class Move:
    """One change of an alias's target: when (Unix seconds), and by which API key (its id).

    ``is_rollback`` tells a way back from a step ahead.
    """

    at: int
    by: str
    before: Target
    after: Target
    is_rollback: bool = False


@dataclass(frozen=True, slots=True)
class Alias:
    """An alias of a function, at one revision. ``moves`` are the latest first, and bounded."""

    account_id: str
    function_id: str
    name: str
    target: Target
    description: str
    created_at: int
    modified_at: int
    revision: int = 1
    moves: tuple[Move, ...] = ()

    @property
    def document(self) -> Document:
        """The alias as clients write and read it."""
        return {
            "name": self.name,
            "description": self.description,
            "version": self.target.version,
            "additional_version": self.target.additional_version,
            "additional_version_weight": self.target.additional_weight,
        }

    @property
    def etag(self) -> str:
        """The revision as clients see it."""
        return etag_of(self.revision, self.document, self.name)

    @property
    def previous(self) -> Target | None:
        """Where it pointed before the latest step that was not taken back; None where none is left.

        What a rollback has left is not in it, nor what was forgotten.
        """
        ahead: list[Target] = []
        for move in reversed(self.moves):
            if not move.is_rollback:
                ahead.append(move.before)
            elif ahead:
                ahead.pop()
        return ahead[-1] if ahead else None

    def moved(self, target: Target, description: str, by: str, now: int) -> Self:
        """Return the next revision; it remembers the move if the target is another."""
        moves = self.moves
        if target != self.target:
            moves = _remembered(Move(now, by, self.target, target), moves)
        return replace(
            self,
            target=target,
            description=description,
            modified_at=now,
            revision=self.revision + 1,
            moves=moves,
        )

    def rolled_back(self, target: Target, by: str, now: int) -> Self:
        """Return the next revision: it points to ``target``, its :attr:`previous` one, again."""
        move = Move(now, by, self.target, target, is_rollback=True)
        return replace(
            self,
            target=target,
            modified_at=now,
            revision=self.revision + 1,
            moves=_remembered(move, self.moves),
        )


def _remembered(move: Move, moves: tuple[Move, ...]) -> tuple[Move, ...]:
    return (move, *moves)[: limits.ALIAS_MOVES]


def share_of(alias: Alias, affinity: str) -> float:
    """Return the number, from 0 up to 1, that a caller always has with an alias."""
    text = f"{alias.account_id}#{alias.function_id}#{alias.name}#{affinity}"
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8]) / _SHARES


def is_name(text: str) -> bool:
    """Return whether an alias may have this name."""
    return _NAME.fullmatch(text) is not None
