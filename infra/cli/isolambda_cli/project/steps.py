"""A step of a deployment: a resource, and what is to become of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from isolambda_cli.api.client import Api
from isolambda_cli.project.errors import ProjectError
from isolambda_cli.project.remote import Revision, read
from isolambda_core.domain.documents import Document

Write = Callable[[], Document]
"""Writes by the API, and returns what it answered."""


class Action(StrEnum):
    """What a step does."""

    CREATE = "create"
    CHANGE = "change"
    REMOVE = "remove"
    LEAVE = "leave"
    SAME = "unchanged"


@dataclass(frozen=True, slots=True)
class Step:
    """A resource of the account, by ``kind`` and ``name``, and what is to become of it.

    ``keys`` are those that change, ``note`` says what else there is to know. ``write`` makes it
    so; it is None where there is nothing to write.
    """

    action: Action
    kind: str
    name: str
    keys: tuple[str, ...] = ()
    note: str = ""
    write: Write | None = None


def change(kind: str, name: str, keys: list[str], write: Write) -> Step:
    """Return the step that changes keys of a resource, if there are any."""
    if not keys:
        return Step(Action.SAME, kind, name)
    return Step(Action.CHANGE, kind, name, tuple(keys), write=write)


def removal(
    api: Api,
    kind: str,
    name: str,
    path: str,
    *,
    prune: bool,
    query: Mapping[str, str] | None = None,
) -> Step:
    """Return the step for what the project does not have: it goes with ``prune``, else stays.

    Raises:
        ProjectError: it is gone already.
    """
    if not prune:
        return Step(Action.LEAVE, kind, name, note="not in the project; --prune removes it")
    headers = current(api, path, name).headers

    def remove() -> Document:
        removed: Document = api.answer("DELETE", path, query=query, headers=headers).data
        return removed

    return Step(Action.REMOVE, kind, name, note="not in the project", write=remove)


def current(api: Api, path: str, name: str) -> Revision:
    """Return a resource that was there a moment ago.

    Raises:
        ProjectError: it is gone.
    """
    found = read(api, path)
    if found is None:
        raise ProjectError(f"another client removed {name} meanwhile")
    return found
