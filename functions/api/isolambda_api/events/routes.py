"""Events and messages that clients send themselves: routes of ours, in Kazoo's envelope."""

from collections.abc import Sequence
from dataclasses import replace

from fastapi import APIRouter, Request, Response

from isolambda_api.events.request import (
    events_of,
    messages_of,
)
from isolambda_api.http.deferred_route import DeferredRoute
from isolambda_api.http.invocation_options import LOOP_DETECTED, hops_of
from isolambda_api.http.raises import raises
from isolambda_api.http.services import UseCases
from isolambda_api.kazoo.authorization import ExecutingAccount
from isolambda_api.kazoo.envelope import success
from isolambda_api.kazoo.ids import FunctionId, TriggerId
from isolambda_api.kazoo.paths import ACCOUNT
from isolambda_api.kazoo.request import Data
from isolambda_api.triggers.routes import TRIGGER
from isolambda_core.domain.errors import InvalidDocumentError, Violation
from isolambda_core.domain.limits import EVENTS
from isolambda_core.domain.triggers.errors import SourcesUnavailableError

router = APIRouter(route_class=DeferredRoute, tags=["Triggers"])

_NO_QUEUE = Violation(
    ("messages",), "error", None, None, "Only for a trigger of type queue without a queue_arn"
)


def _too_many(key: str) -> InvalidDocumentError:
    return InvalidDocumentError([Violation((key,), "maxItems", EVENTS, EVENTS + 1)])


@router.put(f"{ACCOUNT}/events", status_code=202)
@raises(_too_many("events"), LOOP_DETECTED, SourcesUnavailableError())
def publish_events(
    request: Request, account: ExecutingAccount, data: Data, services: UseCases
) -> Response:
    """Put events on the bus, where only triggers of this account see them."""
    hops = hops_of(request)
    events = [replace(event, hops=hops) for event in events_of(data)]
    return _taken(request, services.sources.publish(account.id, events))


@router.put(f"{TRIGGER}/messages", status_code=202)
@raises(
    _too_many("messages"),
    InvalidDocumentError([_NO_QUEUE]),
    LOOP_DETECTED,
    SourcesUnavailableError(),
)
def send_messages(
    request: Request,
    account: ExecutingAccount,
    function_id: FunctionId,
    trigger_id: TriggerId,
    data: Data,
    services: UseCases,
) -> Response:
    """Put messages into the queue that was made for a trigger."""
    bodies = messages_of(data)
    trigger = services.triggers.fetch(account.id, function_id, trigger_id)
    if trigger.own_queue_arn is None:
        raise InvalidDocumentError([_NO_QUEUE])
    return _taken(request, services.sources.send(trigger, bodies, hops_of(request)))


def _taken(request: Request, ids: Sequence[str | None]) -> Response:
    return success(request, {"ids": ids, "refused": ids.count(None)})
