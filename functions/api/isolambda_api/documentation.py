"""Describe each route for the OpenAPI document.

Imported when a client asks for the document: no other request needs it, and it takes 30 ms.
"""

from collections.abc import Mapping
from typing import Any

from fastapi.routing import APIRoute
from pydantic import BaseModel

from isolambda_api.accounts import schemas as accounts
from isolambda_api.aliases import schemas as aliases
from isolambda_api.api_keys import schemas as api_keys
from isolambda_api.auth import schemas as auth
from isolambda_api.codemash import openapi as codemash
from isolambda_api.codemash.routes import execute_function
from isolambda_api.events import schemas as events
from isolambda_api.executions import schemas as executions
from isolambda_api.functions import schemas as functions
from isolambda_api.http.dialect import Dialect
from isolambda_api.http.openapi import Bodies
from isolambda_api.kazoo.openapi import described
from isolambda_api.kazoo.request import prepare_request
from isolambda_api.pivot import schemas as pivot
from isolambda_api.triggers import schemas as triggers
from isolambda_api.versions import schemas as versions
from isolambda_api.webhooks import schemas as webhooks

_RESOURCES = (
    auth,
    accounts,
    api_keys,
    functions,
    executions,
    versions,
    aliases,
    triggers,
    events,
    pivot,
    webhooks,
)
_BODIES: Mapping[str, Bodies] = {
    name: bodies for resource in _RESOURCES for name, bodies in resource.BODIES.items()
}
REQUESTS: tuple[type[BaseModel], ...] = tuple(
    dict.fromkeys(
        bodies.request for bodies in (codemash.BODIES, *_BODIES.values()) if bodies.request
    )
)
"""The bodies of requests, which the routes read by hand."""


def describe(route: APIRoute, dialect: Dialect) -> Mapping[str, Any]:
    """Return what FastAPI is to write about a route beside what it derives itself."""
    if route.endpoint is execute_function:
        return codemash.described(route)
    if route.name in _BODIES:
        in_envelope = dialect.prepare is prepare_request
        return described(route, _BODIES[route.name], in_envelope=in_envelope)
    return {}
