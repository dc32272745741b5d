"""The endpoint for webhooks: a delivery that its sender signed is executed, once, later.

No key is asked for. The signature over the body as it came authenticates the sender: so nothing
here takes the body for an envelope, or a header for a key.
"""

import base64
import re
from collections.abc import Iterable, Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from isolambda_api.http.authentication import charge_rate_limit
from isolambda_api.http.body import (
    AnyBody,
    payload_of,
)
from isolambda_api.http.context import context_of
from isolambda_api.http.deferred_route import DeferredRoute
from isolambda_api.http.invocation_options import (
    BUDGET_EXHAUSTED,
    LOOP_DETECTED,
    PAYLOAD_TOO_LARGE,
    hops_of,
)
from isolambda_api.http.locations import base_urls_of, route_url_of
from isolambda_api.http.raises import EXAMPLE_ID, full, raises, reads
from isolambda_api.http.services import (
    UseCases,
    services_of,
)
from isolambda_api.kazoo.envelope import success
from isolambda_api.kazoo.ids import FunctionId, TriggerId, id_in_path
from isolambda_core.domain.accounts.errors import (
    AccountDisabledError,
    AccountNotFoundError,
    TooManyRequestsError,
)
from isolambda_core.domain.accounts.quotas import Quota
from isolambda_core.domain.executions.errors import PayloadTooLargeError
from isolambda_core.domain.functions.errors import FunctionDisabledError
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.limits import PAYLOAD_BYTES
from isolambda_core.domain.triggers.errors import (
    TriggerDisabledError,
    TriggerNotFoundError,
    WebhookRefusedError,
)
from isolambda_core.domain.triggers.triggers import (
    Trigger,
    TriggerEvent,
    TriggerType,
)
from isolambda_core.domain.triggers.webhooks.signatures import (
    Delivery,
    verify,
)

PREFIX = "/webhooks"

router = APIRouter(route_class=DeferredRoute, tags=["Triggers"])

_ENDPOINT = f"{PREFIX}/{{account_id}}/{{function_id}}/{{trigger_id}}"
# A header with one of these words in its name is for the API, or for a proxy in front of it.
_SECRET = re.compile(
    r"(^|[-_])(authorization|auth|cookie|credentials?|hmac|passw(or)?d|sig|signature|token"
    r"|(api|secret)?key|secret)([-_]|$)"
)
_IDEMPOTENCY_KEY = "idempotency-key"


async def prepare_request(request: Request) -> None:
    """Read nothing: a delivery comes without an envelope."""
    context_of(request).tokens = services_of(request).rates.untouched


@raises(TooManyRequestsError(0, 4))
def charge(request: Request) -> None:
    """Take what a delivery costs from the bucket of its sender's address, which shows no key.

    Raises:
        TooManyRequestsError: the bucket holds too little.
    """
    charge_rate_limit(request, services_of(request), None)


def url_of(request: Request, trigger: Trigger) -> str:
    """Return the URL of a webhook, as the client would reach it from outside."""
    return route_url_of(
        request,
        "deliver_to_webhook",
        account_id=trigger.account_id,
        function_id=trigger.function_id,
        trigger_id=trigger.id,
    )


@raises(
    AccountDisabledError(EXAMPLE_ID),
    FunctionDisabledError(EXAMPLE_ID),
    TriggerDisabledError(EXAMPLE_ID),
)
def _enabled_webhook(
    _: Annotated[None, Depends(charge)],
    function_id: FunctionId,
    account_id: Annotated[str, id_in_path("account_id", AccountNotFoundError)],
    trigger_id: TriggerId,
    services: UseCases,
) -> tuple[Function, Trigger]:
    """Return the webhook in the path and its function, each read once."""
    function = services.functions.fetch(account_id, function_id)
    trigger = services.triggers.fetch_of(function, trigger_id)
    if trigger.type is not TriggerType.WEBHOOK:
        raise TriggerNotFoundError(trigger_id)
    account = services.accounts.fetch(account_id)
    if not account.enabled:
        raise AccountDisabledError(account_id)
    services.budgets.note(account)
    if function.refuses(trigger.qualifier, services.clock.now()):
        raise FunctionDisabledError(function_id)
    if not trigger.enabled:
        raise TriggerDisabledError(trigger_id)
    return function, trigger


@router.post(
    _ENDPOINT,
    status_code=202,
    responses={200: {"description": "It came before, and is not executed again."}},
)
@raises(
    LOOP_DETECTED,
    WebhookRefusedError("x-hub-signature-256 is missing"),
    PAYLOAD_TOO_LARGE,
    BUDGET_EXHAUSTED,
    full(Quota.WAITING_EXECUTIONS),
    full(Quota.RECORD_BYTES),
)
@reads(
    {
        "name": "x-webhook-token",
        "in": "header",
        "description": "The secret, for a trigger with `signature: token`.",
        "schema": {"type": "string"},
    }
)
def deliver_to_webhook(
    request: Request,
    webhook: Annotated[tuple[Function, Trigger], Depends(_enabled_webhook)],
    body: AnyBody,
    services: UseCases,
) -> Response:
    """Execute a function for a delivery that is signed with the trigger's secret.

    The answer does not wait for the execution. A delivery that came before is not executed again.
    """
    function, trigger = webhook
    delivery = delivery_of(request, body)
    secret = services.triggers.webhook_secret(trigger)
    event_id = verify(trigger.signature, secret, delivery, services.clock.now_ms())
    services.budgets.require(trigger.account_id)
    payload = _payload(delivery, request.query_params.multi_items())
    # Not the time of its signature: a sender may sign a second delivery again.
    at_ms = services.events.first_seen_ms(trigger, event_id)
    event = TriggerEvent(event_id, at_ms, payload, hops_of(request))
    accepted = services.events.accept(trigger, event, context_of(request).request_id, function)
    return success(
        request,
        {"execution_id": accepted.execution_id, "replayed": accepted.replayed},
        status=200 if accepted.replayed else None,
        headers={"idempotent-replayed": "true"} if accepted.replayed else {},
    )


def delivery_of(request: Request, body: bytes) -> Delivery:
    """Return a request as what verifies signatures takes it."""
    url, *others = _urls(request)
    return Delivery(request.method, url, _headers(request), body, others)


def _urls(request: Request) -> list[str]:
    """Return the URLs by which a sender may know the webhook, with path and query as they came.

    An empty query does not come through, so each is tried with one.
    """
    scope = request.scope
    if "aws.event" in scope:
        path = scope["aws.event"]["rawPath"]
    else:
        path = scope["raw_path"].decode("latin-1").partition("?")[0]
    query = scope["query_string"].decode("latin-1")
    asked = [f"{path}?{query}"] if query else [path, f"{path}?"]
    return [base + each for base in base_urls_of(request) for each in asked]


def _headers(request: Request) -> Mapping[str, str]:
    return {name: ",".join(values) for name, values in _grouped(request.headers.items())}


def _payload(delivery: Delivery, query: Iterable[tuple[str, str]]) -> str:
    """Return what the function gets as ``call``, JSON text, without headers that hold a secret.

    Raises:
        PayloadTooLargeError: no execution can be given as much.
    """
    call: dict[str, JsonValue] = {
        "method": delivery.method,
        "headers": {name: text for name, text in delivery.headers.items() if _is_public(name)},
        "query": {
            name: values[0] if len(values) == 1 else values for name, values in _grouped(query)
        },
        "content_type": delivery.headers.get("content-type", ""),
        **_text(delivery.body),
    }
    payload = payload_of(call)
    if len(payload) > PAYLOAD_BYTES:
        raise PayloadTooLargeError(PAYLOAD_BYTES, len(payload))
    return payload.decode()


def _is_public(header: str) -> bool:
    return header == _IDEMPOTENCY_KEY or _SECRET.search(header) is None


def _text(body: bytes) -> Mapping[str, JsonValue]:
    try:
        return {"body": body.decode()}
    except UnicodeDecodeError:
        return {"body": base64.b64encode(body).decode(), "body_is_base64": True}


def _grouped(pairs: Iterable[tuple[str, str]]) -> Iterable[tuple[str, list[str]]]:
    """Return the values of each name; API Gateway joins those of a header with commas itself."""
    grouped: dict[str, list[str]] = {}
    for name, value in pairs:
        grouped.setdefault(name, []).append(value)
    return grouped.items()
