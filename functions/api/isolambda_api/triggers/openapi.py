"""What the OpenAPI document says of triggers."""

from isolambda_api.executions.schemas import ExecutionListResponse
from isolambda_api.http.raises import EXAMPLE_ID
from isolambda_api.kazoo.openapi import Operation
from isolambda_api.kazoo.pagination import FAULTY_PAGE
from isolambda_api.triggers import schemas
from isolambda_core.domain import limits
from isolambda_core.domain.errors import InvalidDocumentError, Violation
from isolambda_core.domain.triggers.errors import (
    SourceInUseError,
    SourcesUnavailableError,
    TooManyTriggersError,
    TriggerNotFoundError,
)
from isolambda_core.domain.triggers.triggers import TriggerType

NO_TRIGGER = TriggerNotFoundError(EXAMPLE_ID)
_BINDING = (
    InvalidDocumentError(
        [
            Violation(("name",), "required", None, "name"),
            Violation(("type",), "enum", list(TriggerType), "cron"),
        ]
    ),
    SourcesUnavailableError(),
)

OPERATIONS = {
    "create_trigger": Operation(
        schemas.TriggerResponse,
        [
            *_BINDING,
            SourceInUseError("arn:aws:sqs:us-east-1:123456789012:orders"),
            TooManyTriggersError(limits.TRIGGERS),
        ],
        status=201,
        reads=schemas.TriggerRequest,
    ),
    "list_triggers": Operation(schemas.TriggerListResponse, cached=True),
    "fetch_trigger": Operation(schemas.TriggerResponse, [NO_TRIGGER], cached=True),
    "change_trigger": Operation(
        schemas.TriggerResponse, [NO_TRIGGER, *_BINDING], reads=schemas.TriggerRequest
    ),
    "patch_trigger": Operation(
        schemas.TriggerResponse,
        [NO_TRIGGER, *_BINDING],
        reads=schemas.TriggerPatchRequest,
        required=False,
    ),
    "remove_trigger": Operation(schemas.TriggerResponse, [NO_TRIGGER]),
    "list_trigger_attempts": Operation(
        ExecutionListResponse, [NO_TRIGGER, FAULTY_PAGE], cached=True
    ),
}
"""By the name of the route."""
