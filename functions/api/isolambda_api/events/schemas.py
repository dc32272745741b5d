"""Models of requests and responses about events, for the OpenAPI document."""

from typing import Annotated

from pydantic import BaseModel, Field, WithJsonSchema

from isolambda_api.http.openapi import Bodies
from isolambda_api.http.table_model import TableModel
from isolambda_api.kazoo.schemas import (
    Closed,
    Success,
)
from isolambda_core.domain.triggers.sent_documents import (
    BODY_SCHEMA,
    EVENT_SCHEMA,
    EVENTS_SCHEMA,
    MESSAGE_SCHEMA,
    MESSAGES_SCHEMA,
)


class EventInput(TableModel):
    """An event, in EventBridge's words; `detail_type` is understood as well."""

    table = EVENT_SCHEMA


class EventsData(TableModel):
    """Events to be published."""

    table = EVENTS_SCHEMA

    events: list[EventInput]


class EventsRequest(BaseModel):
    """Events to be published, in Kazoo's envelope."""

    data: EventsData


class Message(TableModel):
    """A message of a queue."""

    table = MESSAGE_SCHEMA


class MessagesData(TableModel):
    """Messages to be sent."""

    table = MESSAGES_SCHEMA

    messages: list[Message | Annotated[str, WithJsonSchema({**BODY_SCHEMA})]]


class MessagesRequest(BaseModel):
    """Messages to be sent, in Kazoo's envelope."""

    data: MessagesData


class TakenData(Closed):
    """What was taken of what was sent."""

    ids: Annotated[
        list[str | None],
        Field(description="In the same order; null for what was not taken, to be sent again."),
    ]
    refused: Annotated[int, Field(description="How many were not taken.", ge=0)]


class TakenResponse(Success):
    """Events or messages that were sent."""

    data: TakenData


BODIES = {
    "send_messages": Bodies(TakenResponse, MessagesRequest),
    "publish_events": Bodies(TakenResponse, EventsRequest),
}
"""By the name of the route."""
