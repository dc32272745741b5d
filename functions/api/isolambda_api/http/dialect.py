"""What a dialect does for every request, before and after its routes."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fastapi import Request, Response

_NO_PARAMETERS = re.compile("")


async def leave_as_it_is(_: Request) -> None:
    """Read nothing before the route is known."""


def authorize_all(_: Request) -> None:
    """Let every client learn that there is no such path or verb."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one of our APIs speaks.

    Attributes:
        prefixes: The paths below which it is spoken, without a slash at the end.
        render_error: Answers any exception, an unexpected one as an internal error.
        prepare: Reads what decides which route serves the request; may change its verb and path.
        authorize: Decides whether the caller may learn that there is no such path or verb; may wait
            for the store.
        unknown_pattern: Finds the parameters of a path that no route has.
        reads_by_get: No GET executes anything, and HEAD is answered as GET is.
    """

    prefixes: tuple[str, ...]
    render_error: Callable[[Request, Exception], Response]
    prepare: Callable[[Request], Awaitable[None]] = leave_as_it_is
    authorize: Callable[[Request], object] = authorize_all
    unknown_pattern: re.Pattern[str] = _NO_PARAMETERS
    reads_by_get: bool = True

    def owns(self, path: str) -> bool:
        """Tell whether a path is at or below one of the prefixes."""
        return any(path == prefix or path.startswith(f"{prefix}/") for prefix in self.prefixes)
