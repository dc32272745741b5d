"""What a dialect does for every request, before and after its routes."""

import re
from collections.abc import Awaitable, Callable, Mapping, Set
from dataclasses import dataclass

from fastapi import Request, Response
from starlette.types import Scope

from isolambda_api.http.errors import UnknownPathError
from isolambda_api.http.fast_path import Answer, PlainRequest
from isolambda_api.http.services import Services
from isolambda_core.domain.errors import IsolambdaError

_NO_PARAMETERS = re.compile("")


def _as_it_is(path: str) -> str:
    return path


def _unknown_path(_: Mapping[str, str]) -> IsolambdaError:
    return UnknownPathError()


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
        prepare: Reads what decides which route serves the request; may change its verb.
        authorize: Decides whether the caller may learn that there is no such path or verb; may wait
            for the store.
        resolve: Returns the path of a route for one that stands for it.
        unknown_pattern: Finds the parameters of a path that no route has.
        unknown_path: Returns the error that answers such a path, by those parameters.
        reads_by_get: No GET executes anything, and HEAD is answered as GET is.
        is_plain: Its endpoints take a request as it is and answer every verb, OPTIONS among them;
            they say themselves what pages of other origins may do.
        pattern: Matches whole paths that are its own besides, among those of another dialect.
    """

    prefixes: tuple[str, ...]
    render_error: Callable[[Request, Exception], Response]
    prepare: Callable[[Request], Awaitable[None]] = leave_as_it_is
    authorize: Callable[[Request], object] = authorize_all
    resolve: Callable[[str], str] = _as_it_is
    unknown_pattern: re.Pattern[str] = _NO_PARAMETERS
    unknown_path: Callable[[Mapping[str, str]], IsolambdaError] = _unknown_path
    reads_by_get: bool = True
    is_plain: bool = False
    pattern: re.Pattern[str] | None = None

    def owns(self, path: str) -> bool:
        """Tell whether a path is at or below one of the prefixes, or matches the pattern."""
        if any(path == prefix or path.startswith(f"{prefix}/") for prefix in self.prefixes):
            return True
        return self.pattern is not None and self.pattern.fullmatch(path) is not None


@dataclass(frozen=True, slots=True)
class DirectPath:
    """Paths of which all that the router and the dialect would do is known beforehand.

    Attributes:
        dialect: The plain dialect of the paths.
        pattern: Matches a whole path; it has one group, of what is below the shorter template.
        templates: The paths of the routes, without that group and with it.
        verbs: Those of the routes.
        answer: Answers a request, as the endpoint of the routes does.
    """

    dialect: Dialect
    pattern: re.Pattern[str]
    templates: tuple[str, str]
    verbs: Set[str]
    answer: Callable[[PlainRequest, Services], Awaitable[Answer]]

    def template_of(self, scope: Scope) -> str | None:
        """Return the path of the route of a request; None if the router has to find it."""
        found = self.pattern.fullmatch(scope["path"])
        if found is None or scope["method"] not in self.verbs:
            return None
        return self.templates[found[1] is not None]
