"""Find the route of a request: once, for whatever looks at it later."""

import re
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field
from functools import cached_property

from starlette.routing import BaseRoute, Route, compile_path

from isolambda_api.http.dialect import Dialect
from isolambda_api.http.errors import MethodNotAllowedError
from isolambda_core.domain.errors import IsolambdaError

UNKNOWN = "-"
"""The template of a path that no template matches."""


@dataclass(frozen=True, slots=True)
class PathMatch:
    """A path that was matched: its template, the values of its parameters, its routes by verb.

    ``verbs`` are those of the routes, and HEAD where GET reads; an unknown path has none.
    ``refusal`` is the error that answers a verb that the path does not have.
    """

    template: str
    params: Mapping[str, str]
    routes: Mapping[str, Route]
    verbs: Set[str]
    refusal: IsolambdaError


@dataclass
class _Template:
    path: str
    routes: dict[str, Route] = field(default_factory=dict)
    verbs: set[str] = field(default_factory=set)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Of the path; compiled for the first path that no template before this one matches."""
        return compile_path(self.path)[0]


class Router:
    """All routes of the app, by path and then by verb.

    The first path that matches decides, whatever the verb: ``…/functions/samples`` is never the
    function called "samples". Starlette would go on looking for one that takes the verb.
    """

    def __init__(self, routes: Iterable[BaseRoute], dialect_for: Callable[[str], Dialect]) -> None:
        self._templates: dict[str, _Template] = {}
        for route in routes:
            if isinstance(route, Route):
                self._add(route, dialect_for(route.path))

    def _add(self, route: Route, dialect: Dialect) -> None:
        template = self._templates.setdefault(route.path, _Template(route.path))
        for verb in route.methods or ():
            template.routes.setdefault(verb, route)
            template.verbs.add(verb)
        if "GET" in template.verbs and dialect.reads_by_get:
            template.verbs.add("HEAD")

    def match(self, path: str, dialect: Dialect) -> PathMatch:
        """Return the match of a path; an unknown one has the parameters that its dialect reads."""
        path = dialect.resolve(path)
        for name, template in self._templates.items():
            if found := template.pattern.match(path):
                refusal = MethodNotAllowedError(sorted(template.verbs))
                return PathMatch(name, found.groupdict(), template.routes, template.verbs, refusal)
        found = dialect.unknown_pattern.match(path)
        params = found.groupdict() if found else {}
        return PathMatch(UNKNOWN, params, {}, frozenset(), dialect.unknown_path(params))
