"""What a dialect does for every request, before and after its routes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fastapi import Request, Response


async def leave_as_it_is(_: Request) -> None:
    """Read nothing before the route is known."""


def admit_anybody(_: Request) -> None:
    """Ask nobody who they are before telling them that there is nothing."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one of our APIs speaks.

    ``open`` reads what decides which route serves the request, and may change its verb and path.
    ``admit`` says whether the caller may learn that there is no such path or verb; it may wait for
    the store. ``render`` answers any exception, an unexpected one as an internal error. With
    ``reads_by_get`` no GET executes anything, and HEAD is answered as GET is.
    """

    render: Callable[[Request, Exception], Response]
    open: Callable[[Request], Awaitable[None]] = leave_as_it_is
    admit: Callable[[Request], None] = admit_anybody
    reads_by_get: bool = True
