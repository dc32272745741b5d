"""What the OpenAPI document says of triggers, of events, and of the door for webhooks."""

from isolambda_api.events import schemas as event_schemas
from isolambda_api.executions import record_schemas
from isolambda_api.http.errors import (
    BodyTooLargeError,
    ContentEncodingError,
)
from isolambda_api.kazoo.openapi import (
    ACCOUNT,
    DATA,
    FAULT,
    FUNCTION,
    ID,
    REVISION,
    operation,
)
from isolambda_api.kazoo.pagination import FaultyRequestError
from isolambda_api.triggers import schemas
from isolambda_core.domain import limits
from isolambda_core.domain.accounts.errors import (
    AccountDisabledError,
    AccountNotFoundError,
    TooManyRequestsError,
)
from isolambda_core.domain.errors import (
    InvalidDocumentError,
    Problem,
    StoreUnavailableError,
)
from isolambda_core.domain.executions.errors import PayloadTooLargeError
from isolambda_core.domain.functions.errors import (
    FunctionDisabledError,
    FunctionNotFoundError,
)
from isolambda_core.domain.triggers.errors import (
    SourceInUseError,
    SourcesUnavailableError,
    TooManyTriggersError,
    TriggerDisabledError,
    TriggerNotFoundError,
    WebhookRefusedError,
)
from isolambda_core.domain.triggers.triggers import TriggerType

_TRIGGER = (*FUNCTION, TriggerNotFoundError(ID))
_DOCUMENT = (
    *DATA,
    InvalidDocumentError(
        [
            Problem(("name",), "required", None, "name"),
            Problem(("type",), "enum", list(TriggerType), "cron"),
        ]
    ),
)
_BINDING = (*_DOCUMENT, SourcesUnavailableError())


def _sent(key: str) -> tuple[Exception, ...]:
    too_many = Problem((key,), "maxItems", limits.EVENTS, limits.EVENTS + 1)
    return (*DATA, InvalidDocumentError([too_many]), SourcesUnavailableError())


CREATE = operation(
    "Create a trigger",
    schemas.TriggerAnswer,
    *FUNCTION,
    *_BINDING,
    SourceInUseError("arn:aws:sqs:us-east-1:123456789012:orders"),
    TooManyTriggersError(limits.TRIGGERS),
    status=201,
    reads=schemas.TriggerRequest,
)
LIST = operation("List triggers", schemas.TriggerListAnswer, *FUNCTION, cached=True)
FETCH = operation("Fetch a trigger", schemas.TriggerAnswer, *_TRIGGER, cached=True)
CHANGE = operation(
    "Replace a trigger",
    schemas.TriggerAnswer,
    *_TRIGGER,
    *_BINDING,
    *REVISION,
    reads=schemas.TriggerRequest,
)
PATCH = operation(
    "Change a part of a trigger",
    schemas.TriggerAnswer,
    *_TRIGGER,
    *_BINDING,
    *REVISION,
    reads=schemas.TriggerPatchRequest,
    required=False,
)
REMOVE = operation("Remove a trigger", schemas.TriggerAnswer, *_TRIGGER, *REVISION)
ATTEMPTS = operation(
    "List executions of a trigger",
    record_schemas.ExecutionListAnswer,
    *_TRIGGER,
    FaultyRequestError("invalid page size"),
    cached=True,
)
MESSAGES = operation(
    "Send messages to a trigger",
    event_schemas.TakenAnswer,
    *_TRIGGER,
    *_sent("messages"),
    status=202,
    reads=event_schemas.MessagesRequest,
)
EVENTS = operation(
    "Publish events",
    event_schemas.TakenAnswer,
    *ACCOUNT,
    *_sent("events"),
    status=202,
    reads=event_schemas.EventsRequest,
)
DELIVER = operation(
    "Deliver to a webhook",
    event_schemas.DeliveryAnswer,
    WebhookRefusedError("x-hub-signature-256 is missing"),
    AccountNotFoundError(ID),
    AccountDisabledError(ID),
    FunctionNotFoundError(ID),
    FunctionDisabledError(ID),
    TriggerNotFoundError(ID),
    TriggerDisabledError(ID),
    BodyTooLargeError(limits.BODY_BYTES),
    ContentEncodingError(),
    PayloadTooLargeError(limits.PAYLOAD_BYTES, limits.PAYLOAD_BYTES + 1),
    TooManyRequestsError(0, 4),
    StoreUnavailableError(),
    *FAULT,
    status=202,
    reads=event_schemas.AnyBody,
    required=False,
    secured=False,
)
DELIVER["responses"][200] = {
    "model": event_schemas.DeliveryAnswer,
    "description": "It came before, and is not executed again.",
}
