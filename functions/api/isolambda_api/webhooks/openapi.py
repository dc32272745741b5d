"""What the OpenAPI document says of deliveries to webhooks."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from isolambda_api.http.errors import (
    BodyTooLargeError,
    ContentEncodingError,
)
from isolambda_api.kazoo.openapi import (
    FAULT,
    ID,
    operation,
)
from isolambda_api.webhooks import schemas
from isolambda_core.domain import limits
from isolambda_core.domain.accounts.errors import (
    AccountDisabledError,
    AccountNotFoundError,
    TooManyRequestsError,
)
from isolambda_core.domain.errors import (
    StoreUnavailableError,
)
from isolambda_core.domain.executions.errors import PayloadTooLargeError
from isolambda_core.domain.functions.errors import (
    FunctionDisabledError,
    FunctionNotFoundError,
)
from isolambda_core.domain.triggers.errors import (
    TriggerDisabledError,
    TriggerNotFoundError,
    WebhookRefusedError,
)

DELIVER = operation(
    "Deliver to a webhook",
    schemas.DeliveryResponse,
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
    reads=schemas.AnyBody,
    required=False,
    secured=False,
)

DELIVER["responses"][200] = {
    "model": schemas.DeliveryResponse,
    "description": "It came before, and is not executed again.",
}

OPERATIONS: Mapping[str, Mapping[str, Any]] = {
    "deliver_to_webhook": DELIVER,
}
"""By the name of the route."""
REQUESTS: tuple[type[BaseModel], ...] = (schemas.AnyBody,)
"""The request bodies, which the routes read by hand."""
