"""What the OpenAPI document says of deliveries to webhooks."""

from isolambda_api.kazoo.openapi import Operation
from isolambda_api.webhooks import schemas
from isolambda_core.domain import limits
from isolambda_core.domain.executions.errors import PayloadTooLargeError
from isolambda_core.domain.triggers.errors import WebhookRefusedError

OPERATIONS = {
    "deliver_to_webhook": Operation(
        schemas.DeliveryResponse,
        [
            WebhookRefusedError("x-hub-signature-256 is missing"),
            PayloadTooLargeError(limits.PAYLOAD_BYTES, limits.PAYLOAD_BYTES + 1),
        ],
        status=202,
        reads=schemas.AnyBody,
        required=False,
        also={
            200: {
                "model": schemas.DeliveryResponse,
                "description": "It came before, and is not executed again.",
            }
        },
        in_envelope=False,
    ),
}
"""By the name of the route."""
