"""Who asks for a change: the door that a request came through says it, and the audit keeps it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """A caller by its API key, an operator by the name of the system's user, or the platform.

    ``key_id`` and ``account_id`` are of the key, ``address`` is where the request came from.
    Without a key and an operator the platform acts by itself.
    """

    key_id: str | None = None
    account_id: str | None = None
    operator: str | None = None
    address: str | None = None


PLATFORM = Actor()

_acting: ContextVar[Callable[[], Actor]] = ContextVar("acting", default=lambda: PLATFORM)


def current_actor() -> Actor:
    """Return who acts in this context, as it is known by now."""
    return _acting.get()()


def act_as(actor: Callable[[], Actor]) -> None:
    """Have all that is changed in this context from now on be changed by ``actor``.

    As :func:`acting`, for what has a context of its own, such as a request.
    """
    _acting.set(actor)


@contextmanager
def acting(actor: Callable[[], Actor]) -> Iterator[None]:
    """Have what is changed meanwhile be changed by ``actor``, which is asked at each change."""
    before = _acting.set(actor)
    try:
        yield
    finally:
        _acting.reset(before)
