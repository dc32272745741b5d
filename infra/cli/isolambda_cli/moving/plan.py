"""What an import would do: each resource of an export, beside what an installation has."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar

from isolambda_core.domain.errors import NotFoundError

T = TypeVar("T", bound=Any)


class State(StrEnum):
    """What becomes of a resource, or has become of it."""

    NEW = "new"
    SAME = "same"
    REPLACED = "replaced"
    REFUSED = "refused"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Step:
    """One resource of an export: what becomes of it, and how.

    ``apply`` writes it, and returns what is to say of it. ``note`` says why it is refused.
    """

    resource: str
    account_id: str
    name: str
    state: State
    note: str = ""
    apply: Callable[[], str] = str


def found_or_none(find: Callable[[], T]) -> T | None:
    """Return what is found; None where nothing is."""
    with suppress(NotFoundError):
        return find()
    return None


def is_same(there: T, wanted: T, *apart: str) -> bool:
    """Return whether two resources differ in nothing but what is kept ``apart``."""
    return bool(replace(there, **{name: getattr(wanted, name) for name in apart}) == wanted)


def next_revision(wanted: T, there: T) -> T:
    """Return a resource at a revision that the one which it replaces never had."""
    return replace(wanted, revision=max(wanted.revision, there.revision + 1))


def judged(step: Step, *, may_replace: bool) -> Step:
    """Return a step, refused if it would write over something and may not."""
    if step.state is not State.REPLACED or may_replace:
        return step
    note = "has other content there; --replace writes over it"
    return replace(step, state=State.REFUSED, note=note)


def then(write: Callable[[], object]) -> Callable[[], str]:
    """Return what writes, and has nothing to say of it."""

    def apply() -> str:
        write()
        return ""

    return apply
