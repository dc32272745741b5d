"""What requests and answers about events hold, as the OpenAPI document tells it."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

from isolambda_api.kazoo.schemas import (
    Closed,
    Success,
)
from isolambda_core.domain import limits


class EventInput(Closed):
    """An event, in EventBridge's words; `detail_type` is understood as well."""

    source: Annotated[
        str,
        Field(
            description="Who says so; what begins with `aws.` is said by AWS alone.",
            min_length=1,
            max_length=limits.EVENT_SOURCE_CHARACTERS,
            examples=["shop"],
        ),
    ]
    detail_type: Annotated[
        str,
        Field(
            alias="detail-type",
            description="What kind of event it is.",
            min_length=1,
            max_length=limits.EVENT_DETAIL_TYPE_CHARACTERS,
            examples=["order placed"],
        ),
    ]
    detail: Annotated[dict[str, Any], Field(examples=[{"total": 120}])]


class EventsData(Closed):
    """Events to be published."""

    events: Annotated[list[EventInput], Field(min_length=1, max_length=limits.EVENTS)]


class EventsRequest(BaseModel):
    """Events to be published, in Kazoo's envelope."""

    data: EventsData


class Message(Closed):
    """A message of a queue."""

    body: Annotated[str, Field(min_length=1, examples=["hi"])]


class MessagesData(Closed):
    """Messages to be sent."""

    messages: Annotated[
        list[Message | Annotated[str, Field(min_length=1)]],
        Field(min_length=1, max_length=limits.EVENTS),
    ]


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
