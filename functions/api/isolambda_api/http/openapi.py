"""The OpenAPI document: what FastAPI derives, and what it cannot know of bodies read by hand."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.routing import BaseRoute
from typing_extensions import override

from isolambda_api.http.preconditions import NOT_MODIFIED
from isolambda_api.http.raises import parameters_of

SECURED: Mapping[str, Any] = {"security": [{"bearer": []}, {"x-auth-token": []}]}
"""Goes into ``openapi_extra`` of an operation that asks for a key."""
SECURED_IN_QUERY: Mapping[str, Any] = {"security": [*SECURED["security"], {"apiKey": []}]}
"""The same, of an operation of CodeMash's."""

SECURITY_SCHEMES = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "`Authorization: Bearer {API key}`; the bare key is accepted as well.",
    },
    "x-auth-token": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Auth-Token",
        "description": "Kazoo's header; it comes before `Authorization`.",
    },
    "apiKey": {
        "type": "apiKey",
        "in": "query",
        "name": "apiKey",
        "description": "CodeMash's, for who cannot send headers; it comes before `Authorization`.",
    },
}
"""The ways to show a key."""
REFERENCE = "#/components/schemas/{model}"
"""How the document refers to a model."""
_FASTAPIS_OWN = {
    "description": "Validation Error",
    "content": {
        "application/json": {"schema": {"$ref": REFERENCE.format(model="HTTPValidationError")}}
    },
}

_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "description": "ETags of what the client has already; `*` is any.",
    "schema": {"type": "string"},
}

Describe = Callable[[APIRoute], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Documentation:
    """What the document has beside what FastAPI derives.

    Attributes:
        describe: Describes a route.
        requests: The models of the bodies of requests.
        paths: The path items of what is no route of FastAPI's.
        schemas: The schemas that those refer to.
    """

    describe: Describe
    requests: Sequence[type[BaseModel]]
    paths: Mapping[str, Any]
    schemas: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Bodies:
    """The models of a route's bodies, which the route itself reads and writes by hand.

    Attributes:
        response: The body of a success.
        request: The body of the request, which may be left out unless it is ``required``.
        others: The bodies of further successes that differ from ``response``, by status.
    """

    response: type[BaseModel]
    request: type[BaseModel] | None = None
    required: bool = True
    others: Mapping[int, type[BaseModel]] = field(default_factory=dict)


class DocumentedApi(FastAPI):
    """A FastAPI app whose document also has the request bodies and the ways to show a key.

    It has none of FastAPI's 422s: the app validates by hand, and no route can answer those.
    ``documentation`` returns what it has besides.
    """

    def __init__(self, documentation: Callable[[], Documentation], **options: Any) -> None:
        super().__init__(**options)
        self._documentation = documentation

    @override
    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            more = self._documentation()
            document = get_openapi(
                title=self.title,
                version=self.version,
                summary=self.summary,
                description=self.description,
                routes=[_documented(route, more.describe) for route in self.routes],
            )
            _, schemas = models_json_schema(
                [(model, "validation") for model in more.requests], ref_template=REFERENCE
            )
            components = document["components"]
            components["schemas"] |= schemas["$defs"] | more.schemas
            components["securitySchemes"] = SECURITY_SCHEMES
            for name in ("HTTPValidationError", "ValidationError"):
                components["schemas"].pop(name, None)
            for operations in document["paths"].values():
                for operation in operations.values():
                    if operation["responses"].get("422") == _FASTAPIS_OWN:
                        del operation["responses"]["422"]
                    for parameter in operation.get("parameters", ()):
                        _forbid_null(parameter.get("schema", {}))
            document["paths"] |= more.paths
            self.openapi_schema = document
        return self.openapi_schema


def _forbid_null(schema: dict[str, Any]) -> None:
    """Leave out null, which FastAPI writes for a parameter that may be absent."""
    choices = [choice for choice in schema.pop("anyOf", ()) if choice != {"type": "null"}]
    schema.update(*choices)


def _documented(route: BaseRoute, describe: Describe) -> BaseRoute:
    """Return the same route, with what FastAPI is to write about it."""
    if not isinstance(route, APIRoute):
        return route
    return APIRoute(
        route.path,
        route.endpoint,
        name=route.name,
        methods=route.methods,
        tags=route.tags,
        operation_id=route.name,
        include_in_schema=route.include_in_schema,
        summary=route.summary or route.description.partition("\n")[0].removesuffix("."),
        **describe(route),
    )


def operation(
    route: APIRoute,
    bodies: Bodies,
    errors: Mapping[int | str, Mapping[str, Any]],
    security: Mapping[str, Any],
    *media_types: str,
) -> Mapping[str, Any]:
    """Return what FastAPI is to write about a route: what the route says, its bodies, its errors.

    ``media_types`` are those of the request beside JSON.
    """
    successes: dict[int | str, dict[str, Any]] = {route.status_code or 200: {}, **route.responses}
    for status, response in successes.items():
        if status != NOT_MODIFIED:
            model = bodies.others.get(int(status), bodies.response)
            successes[status] = {**response, "model": model}
    parameters = [*parameters_of(route.dependant)]
    if NOT_MODIFIED in successes:
        parameters.append(_IF_NONE_MATCH)
    extra: dict[str, Any] = {"parameters": parameters} if parameters else {}
    if bodies.request is not None:
        schema = {"schema": {"$ref": REFERENCE.format(model=bodies.request.__name__)}}
        content = dict.fromkeys(("application/json", *media_types), schema)
        extra["requestBody"] = {"required": bodies.required, "content": content}
    return {
        "status_code": route.status_code,
        "responses": {**successes, **errors},
        "openapi_extra": {**extra, **security},
    }


def responses(
    model: type[BaseModel], examples: Iterable[tuple[int, str, Any]]
) -> dict[int | str, dict[str, Any]]:
    """Return ``responses`` of an operation from examples of errors: status, name, body."""
    by_status: dict[int, dict[str, Any]] = defaultdict(dict)
    for status, name, body in examples:
        named, example = by_status[status], {"value": body}
        if example not in named.values():  # as of two errors that are answered alike
            named[f"{len(named) + 1}. {name}"] = example
    return {
        status: {
            "model": model,
            "description": HTTPStatus(status).phrase,
            "content": {"application/json": {"examples": named}},
        }
        for status, named in sorted(by_status.items())
    }
