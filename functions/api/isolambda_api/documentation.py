"""What the OpenAPI document says of each route.

Imported when a client asks for the document: no other request needs it, and it takes 30 ms.
"""

from collections.abc import Mapping
from typing import Any

from fastapi.routing import APIRoute
from pydantic import BaseModel

from isolambda_api.accounts import openapi as accounts
from isolambda_api.aliases import openapi as aliases
from isolambda_api.api_keys import openapi as api_keys
from isolambda_api.auth import openapi as auth
from isolambda_api.codemash import openapi as codemash
from isolambda_api.codemash.routes import execute_function
from isolambda_api.events import openapi as events
from isolambda_api.executions import openapi as executions
from isolambda_api.functions import openapi as functions
from isolambda_api.kazoo.openapi import Operation, described
from isolambda_api.pivot import openapi as pivot
from isolambda_api.triggers import openapi as triggers
from isolambda_api.versions import openapi as versions
from isolambda_api.webhooks import openapi as webhooks

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
_KAZOO: Mapping[str, Operation] = {
    name: operation for resource in _RESOURCES for name, operation in resource.OPERATIONS.items()
}
REQUESTS: tuple[type[BaseModel], ...] = (
    codemash.REQUEST,
    *dict.fromkeys(operation.reads for operation in _KAZOO.values() if operation.reads),
)
"""The bodies of requests, which the routes read by hand."""


def describe(route: APIRoute) -> Mapping[str, Any]:
    """Return what FastAPI is to write about a route beside what it derives itself."""
    if route.endpoint is execute_function:
        return codemash.described(route)
    return described(route, _KAZOO[route.name]) if route.name in _KAZOO else {}
