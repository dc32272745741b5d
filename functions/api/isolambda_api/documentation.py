"""What the OpenAPI document says of each route, by the route's name.

Imported when a client asks for the document: no other request needs it, and it takes 30 ms.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from isolambda_api.accounts import openapi as accounts
from isolambda_api.aliases import openapi as aliases
from isolambda_api.api_keys import openapi as api_keys
from isolambda_api.auth import openapi as auth
from isolambda_api.codemash import openapi as codemash
from isolambda_api.events import openapi as events
from isolambda_api.executions import openapi as executions
from isolambda_api.functions import openapi as functions
from isolambda_api.pivot import openapi as pivot
from isolambda_api.triggers import openapi as triggers
from isolambda_api.versions import openapi as versions
from isolambda_api.webhooks import openapi as webhooks

_RESOURCES = (
    codemash,
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

OPERATIONS: Mapping[str, Mapping[str, Any]] = {
    name: operation for resource in _RESOURCES for name, operation in resource.OPERATIONS.items()
}
REQUESTS: tuple[type[BaseModel], ...] = tuple(
    model for resource in _RESOURCES for model in resource.REQUESTS
)
"""The models that ``openapi.request_body`` names."""
