"""What the OpenAPI document says of messages and events."""

from isolambda_api.events import schemas
from isolambda_api.kazoo.openapi import Operation
from isolambda_api.triggers.openapi import NO_TRIGGER
from isolambda_core.domain import limits
from isolambda_core.domain.errors import InvalidDocumentError, Violation
from isolambda_core.domain.triggers.errors import SourcesUnavailableError


def _too_many(key: str) -> InvalidDocumentError:
    return InvalidDocumentError([Violation((key,), "maxItems", limits.EVENTS, limits.EVENTS + 1)])


OPERATIONS = {
    "send_messages": Operation(
        schemas.TakenResponse,
        [NO_TRIGGER, _too_many("messages"), SourcesUnavailableError()],
        status=202,
        reads=schemas.MessagesRequest,
    ),
    "publish_events": Operation(
        schemas.TakenResponse,
        [_too_many("events"), SourcesUnavailableError()],
        status=202,
        reads=schemas.EventsRequest,
    ),
}
"""By the name of the route."""
