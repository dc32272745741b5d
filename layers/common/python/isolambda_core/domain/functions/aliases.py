"""An alias: a name that points to a version, or to two of them with a weight."""

import hashlib
import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

from isolambda_core.domain import limits
from isolambda_core.domain.documents import Document
from isolambda_core.domain.functions.functions import LATEST
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
class Shadow:
    """Which version repeats, behind the answers, the share ``share`` (0 to 1) of executions.

    ``version`` is None for the draft. What it does reaches nothing, and is compared.
    """

    share: float = 0.0
    version: int | None = None

    @property
    def qualifier(self) -> str:
        """The version as a qualifier."""
        return LATEST if self.version is None else str(self.version)

    def is_due(self, version: int, share: float) -> bool:
        """Return whether to repeat an execution of a version whose share is from 0 up to 1."""
        return share < self.share and self.version != version


NO_SHADOW = Shadow()


class Contract(StrEnum):
    """Whether an alias moves only to versions that keep to the contract of its function."""

    OFF = "off"
    ENFORCED = "enforced"


@dataclass(frozen=True, slots=True)
class Move:
    """One change of an alias's target: when (Unix seconds), and by which API key (its id).

    ``is_rollback`` tells a way back from a step ahead. ``reason`` is why it was made without regard
    to the contract, empty where that was forgotten; None where the contract was kept, or is off.
    """

    at: int
    by: str
    before: Target
    after: Target
    is_rollback: bool = False
    reason: str | None = None


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
    contract: Contract = Contract.OFF
    shadow: Shadow = NO_SHADOW

    @property
    def versions(self) -> frozenset[int]:
        """The versions that it needs, its shadow's too."""
        others = () if self.shadow.version is None else (self.shadow.version,)
        return self.target.versions.union(others)

    @property
    def document(self) -> Document:
        """The alias as clients write and read it."""
        return {
            "name": self.name,
            "description": self.description,
            "version": self.target.version,
            "additional_version": self.target.additional_version,
            "additional_version_weight": self.target.additional_weight,
            "contract": self.contract.value,
            "shadow": self.shadow.share,
            "shadow_version": self.shadow.version,
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
            if move.before == move.after:
                continue  # only the contract was turned on
            if not move.is_rollback:
                ahead.append(move.before)
            elif ahead:
                ahead.pop()
        return ahead[-1] if ahead else None

    def moved(
        self,
        target: Target,
        description: str,
        by: str,
        now: int,
        contract: Contract | None = None,
        reason: str | None = None,
        shadow: Shadow | None = None,
    ) -> Self:
        """Return the next revision; it remembers the move if the target is another, or the reason.

        ``contract`` and ``shadow`` stay what they are for None.
        """
        moves = self.moves
        if target != self.target or reason is not None:
            move = Move(now, by, self.target, target, reason=reason)
            moves = _remembered(move, moves)
        return replace(
            self,
            target=target,
            description=description,
            modified_at=now,
            revision=self.revision + 1,
            moves=moves,
            contract=self.contract if contract is None else contract,
            shadow=self.shadow if shadow is None else shadow,
        )

    def rolled_back(self, target: Target, by: str, now: int, reason: str | None = None) -> Self:
        """Return the next revision: it points to ``target``, its :attr:`previous` one, again."""
        move = Move(now, by, self.target, target, is_rollback=True, reason=reason)
        return replace(
            self,
            target=target,
            modified_at=now,
            revision=self.revision + 1,
            moves=_remembered(move, self.moves),
        )


def _remembered(move: Move, moves: tuple[Move, ...]) -> tuple[Move, ...]:
    left = limits.FORCED_REASONS
    kept: list[Move] = []
    for each in (move, *moves)[: limits.ALIAS_MOVES]:
        left -= each.reason is not None
        kept.append(replace(each, reason="") if each.reason and left < 0 else each)
    return tuple(kept)


def share_of(alias: Alias, affinity: str) -> float:
    """Return the number, from 0 up to 1, that a caller always has with an alias."""
    text = f"{alias.account_id}#{alias.function_id}#{alias.name}#{affinity}"
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8]) / _SHARES


def is_name(text: str) -> bool:
    """Return whether an alias may have this name."""
    return _NAME.fullmatch(text) is not None
