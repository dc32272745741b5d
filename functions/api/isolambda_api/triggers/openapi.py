"""What the OpenAPI document says of triggers."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from isolambda_api.executions.schemas import ExecutionListResponse
from isolambda_api.kazoo.openapi import (
    DATA,
    FUNCTION,
    ID,
    PAGING,
    REVISION,
    operation,
)
from isolambda_api.triggers import schemas
from isolambda_core.domain import limits
from isolambda_core.domain.errors import (
    InvalidDocumentError,
    Violation,
)
from isolambda_core.domain.triggers.errors import (
    SourceInUseError,
    SourcesUnavailableError,
    TooManyTriggersError,
    TriggerNotFoundError,
)
from isolambda_core.domain.triggers.triggers import TriggerType

TRIGGER = (*FUNCTION, TriggerNotFoundError(ID))
_DOCUMENT = (
    *DATA,
    InvalidDocumentError(
        [
            Violation(("name",), "required", None, "name"),
            Violation(("type",), "enum", list(TriggerType), "cron"),
        ]
    ),
)
_BINDING = (*_DOCUMENT, SourcesUnavailableError())


CREATE = operation(
    "Create a trigger",
    schemas.TriggerResponse,
    *FUNCTION,
    *_BINDING,
    SourceInUseError("arn:aws:sqs:us-east-1:123456789012:orders"),
    TooManyTriggersError(limits.TRIGGERS),
    status=201,
    reads=schemas.TriggerRequest,
)
LIST = operation("List triggers", schemas.TriggerListResponse, *FUNCTION, cached=True)
FETCH = operation("Fetch a trigger", schemas.TriggerResponse, *TRIGGER, cached=True)
CHANGE = operation(
    "Replace a trigger",
    schemas.TriggerResponse,
    *TRIGGER,
    *_BINDING,
    *REVISION,
    reads=schemas.TriggerRequest,
)
PATCH = operation(
    "Change a part of a trigger",
    schemas.TriggerResponse,
    *TRIGGER,
    *_BINDING,
    *REVISION,
    reads=schemas.TriggerPatchRequest,
    required=False,
)
REMOVE = operation("Remove a trigger", schemas.TriggerResponse, *TRIGGER, *REVISION)
ATTEMPTS = operation(
    "List executions of a trigger",
    ExecutionListResponse,
    *TRIGGER,
    PAGING,
    cached=True,
)

OPERATIONS: Mapping[str, Mapping[str, Any]] = {
    "create_trigger": CREATE,
    "list_triggers": LIST,
    "fetch_trigger": FETCH,
    "change_trigger": CHANGE,
    "patch_trigger": PATCH,
    "remove_trigger": REMOVE,
    "list_trigger_attempts": ATTEMPTS,
}
"""By the name of the route."""
REQUESTS: tuple[type[BaseModel], ...] = (
    schemas.TriggerRequest,
    schemas.TriggerPatchRequest,
)
"""The request bodies, which the routes read by hand."""
