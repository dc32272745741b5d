"""What the OpenAPI document says of messages and events."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from isolambda_api.events import schemas
from isolambda_api.kazoo.openapi import (
    ACCOUNT,
    DATA,
    operation,
)
from isolambda_api.triggers.openapi import TRIGGER
from isolambda_core.domain import limits
from isolambda_core.domain.errors import (
    InvalidDocumentError,
    Violation,
)
from isolambda_core.domain.triggers.errors import (
    SourcesUnavailableError,
)


def _sent(key: str) -> tuple[Exception, ...]:
    too_many = Violation((key,), "maxItems", limits.EVENTS, limits.EVENTS + 1)
    return (*DATA, InvalidDocumentError([too_many]), SourcesUnavailableError())


MESSAGES = operation(
    "Send messages to a trigger",
    schemas.TakenResponse,
    *TRIGGER,
    *_sent("messages"),
    status=202,
    reads=schemas.MessagesRequest,
)
EVENTS = operation(
    "Publish events",
    schemas.TakenResponse,
    *ACCOUNT,
    *_sent("events"),
    status=202,
    reads=schemas.EventsRequest,
)

OPERATIONS: Mapping[str, Mapping[str, Any]] = {
    "send_messages": MESSAGES,
    "publish_events": EVENTS,
}
"""By the name of the route."""
REQUESTS: tuple[type[BaseModel], ...] = (
    schemas.EventsRequest,
    schemas.MessagesRequest,
)
"""The request bodies, which the routes read by hand."""
