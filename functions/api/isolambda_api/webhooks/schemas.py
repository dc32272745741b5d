"""What a delivery to a webhook and its response hold."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from isolambda_api.http.openapi import Bodies
from isolambda_api.kazoo.schemas import (
    Closed,
    Id,
    Success,
)


class DeliveryData(Closed):
    """What came of a delivery."""

    execution_id: Id
    replayed: Annotated[bool, Field(description="Whether it came before, and was taken then.")]


class DeliveryResponse(Success):
    """A delivery that is executed, or was."""

    data: DeliveryData


class AnyBody(BaseModel):
    """A delivery: whatever the sender signs."""

    model_config = ConfigDict(extra="allow")


BODIES = {
    "deliver_to_webhook": Bodies(DeliveryResponse, AnyBody, required=False),
}
"""By the name of the route."""
