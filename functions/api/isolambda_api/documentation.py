"""What the OpenAPI document says of each route, by the route's name.

Imported when somebody asks for the document: no other request needs it, and it takes 30 ms.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from isolambda_api.accounts import (
    openapi as account_documented,
)
from isolambda_api.accounts import (
    schemas as account_schemas,
)
from isolambda_api.codemash import schemas as codemash_schemas
from isolambda_api.codemash.openapi import execute_operation
from isolambda_api.codemash.routes import VERBS, VERSIONS, route_name
from isolambda_api.events import schemas as event_schemas
from isolambda_api.executions import (
    openapi as record_documented,
)
from isolambda_api.executions import (
    schemas as execution_schemas,
)
from isolambda_api.functions import (
    openapi as documented,
)
from isolambda_api.functions import (
    schemas,
)
from isolambda_api.triggers import (
    openapi as trigger_documented,
)
from isolambda_api.triggers import (
    schemas as trigger_schemas,
)
from isolambda_api.versions import (
    openapi as version_documented,
)
from isolambda_api.versions import (
    schemas as version_schemas,
)

OPERATIONS: Mapping[str, Mapping[str, Any]] = {
    **{
        route_name(verb, version): execute_operation(verb, version)
        for version in VERSIONS
        for verb in VERBS
    },
    "give_token": account_documented.API_AUTH,
    "show_token": account_documented.TOKEN,
    "revoke_token": account_documented.LOG_OUT,
    "refuse_user": account_documented.USER_AUTH,
    "create_account": account_documented.CREATE_OWN,
    "create_child_account": account_documented.CREATE,
    "fetch_account": account_documented.FETCH,
    "change_account": account_documented.CHANGE,
    "patch_account": account_documented.PATCH,
    "remove_account": account_documented.REMOVE,
    "list_children": account_documented.CHILDREN,
    "show_api_key": account_documented.API_KEY,
    "change_api_key": account_documented.CHANGE_API_KEY,
    "show_callback_secret": account_documented.CALLBACK_SECRET,
    "list_api_keys": account_documented.KEYS,
    "create_api_key": account_documented.CREATE_KEY,
    "remove_api_key": account_documented.REMOVE_KEY,
    "list_functions": documented.LIST,
    "create_function": documented.CREATE,
    "enable_functions": documented.ENABLE,
    "list_system_functions": documented.SYSTEM,
    "show_samples": documented.OPEN_SAMPLES,
    "show_samples_to_account": documented.SAMPLES,
    "fetch_function": documented.FETCH,
    "change_function": documented.CHANGE,
    "patch_function": documented.PATCH,
    "remove_function": documented.REMOVE,
    "execute_function": documented.EXECUTE,
    "list_executions": record_documented.LIST,
    "fetch_execution": record_documented.FETCH,
    "list_attempts": record_documented.ATTEMPTS,
    "publish_version": version_documented.PUBLISH,
    "list_versions": version_documented.LIST_VERSIONS,
    "fetch_version": version_documented.FETCH_VERSION,
    "remove_version": version_documented.REMOVE_VERSION,
    "create_alias": version_documented.CREATE_ALIAS,
    "list_aliases": version_documented.LIST_ALIASES,
    "fetch_alias": version_documented.FETCH_ALIAS,
    "change_alias": version_documented.CHANGE_ALIAS,
    "patch_alias": version_documented.PATCH_ALIAS,
    "remove_alias": version_documented.REMOVE_ALIAS,
    "roll_back_alias": version_documented.ROLL_BACK,
    "create_trigger": trigger_documented.CREATE,
    "list_triggers": trigger_documented.LIST,
    "fetch_trigger": trigger_documented.FETCH,
    "change_trigger": trigger_documented.CHANGE,
    "patch_trigger": trigger_documented.PATCH,
    "remove_trigger": trigger_documented.REMOVE,
    "list_trigger_attempts": trigger_documented.ATTEMPTS,
    "send_messages": trigger_documented.MESSAGES,
    "publish_events": trigger_documented.EVENTS,
    "deliver_to_webhook": trigger_documented.DELIVER,
    "answer_call_in_query": documented.PIVOT_GET,
    "answer_call": documented.PIVOT_POST,
}
REQUESTS: tuple[type[BaseModel], ...] = (
    *schemas.REQUESTS,
    *account_schemas.REQUESTS,
    *execution_schemas.REQUESTS,
    *version_schemas.REQUESTS,
    *trigger_schemas.REQUESTS,
    *event_schemas.REQUESTS,
    *codemash_schemas.REQUESTS,
)
"""The models that ``openapi.request_body`` names."""
