"""Describe each route for the OpenAPI document.

Imported when a client asks for the document: no other request needs it, and it takes 30 ms.
"""

from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from types import ModuleType
from typing import Any

from fastapi.routing import APIRoute
from pydantic import BaseModel

from isolambda_api.codemash import openapi as codemash
from isolambda_api.codemash.routes import execute_function
from isolambda_api.http.dialect import Dialect
from isolambda_api.http.openapi import Bodies
from isolambda_api.kazoo import openapi as kazoo
from isolambda_api.kazoo.preparation import prepare_request


def bodies_of(resources: Iterable[ModuleType]) -> Mapping[str, Bodies]:
    """Return the models of bodies, by the name of the route.

    Each resource is a module of routes; ``BODIES`` of ``schemas`` beside it has its models.
    """
    bodies: dict[str, Bodies] = {}
    for resource in resources:
        bodies |= import_module(".schemas", resource.__package__).BODIES
    return bodies


def requests_of(bodies: Mapping[str, Bodies]) -> Sequence[type[BaseModel]]:
    """Return the models of the bodies of requests, each once: the routes read these by hand."""
    return tuple(dict.fromkeys(each.request for each in bodies.values() if each.request))


def describe(route: APIRoute, dialect: Dialect, bodies: Mapping[str, Bodies]) -> Mapping[str, Any]:
    """Return what FastAPI is to write about a route beside what it derives itself."""
    if route.endpoint is execute_function:
        return codemash.described(route, bodies[route.name])
    if route.name in bodies:
        in_envelope = dialect.prepare is prepare_request
        return kazoo.described(route, bodies[route.name], in_envelope=in_envelope)
    return {}
