"""Triggers of a function: routes of ours, in Kazoo's envelope.

``_read_only`` holds what only the server knows of a trigger, so that a client can send back a
document as it fetched it.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from isolambda_api.executions.routes import page_of
from isolambda_api.http.deferred_route import DeferredRoute
from isolambda_api.http.locations import base_url_of, location_of
from isolambda_api.http.preconditions import CACHED, Expected
from isolambda_api.http.raises import full, raises
from isolambda_api.http.services import (
    Services,
    UseCases,
)
from isolambda_api.kazoo.authorization import ManagedAccount
from isolambda_api.kazoo.document_warnings import with_warnings
from isolambda_api.kazoo.envelope import listing, success
from isolambda_api.kazoo.gregorian import gregorian
from isolambda_api.kazoo.ids import FunctionId, TriggerId
from isolambda_api.kazoo.pagination import PagingNewestFirst
from isolambda_api.kazoo.paths import FUNCTION
from isolambda_api.kazoo.request import Data
from isolambda_api.webhooks.routes import url_of
from isolambda_core.domain.accounts.quotas import Quota
from isolambda_core.domain.document_warnings import key_warnings
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import InvalidDocumentError, Violation
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.limits import NEXT_RUNS, TRIGGERS
from isolambda_core.domain.triggers.documents import keys_of
from isolambda_core.domain.triggers.errors import (
    SourceInUseError,
    SourcesUnavailableError,
    TooManyTriggersError,
)
from isolambda_core.domain.triggers.triggers import (
    RULES,
    Trigger,
    TriggerType,
)
from isolambda_core.services.executions.records import RecordFilter

router = APIRouter(route_class=DeferredRoute, tags=["Triggers"])

_TRIGGERS = f"{FUNCTION}/triggers"
TRIGGER = f"{_TRIGGERS}/{{trigger_id}}"
"""The path of one trigger."""
_BINDING = (
    InvalidDocumentError(
        [
            Violation(("name",), "required", None, "name"),
            Violation(("type",), "enum", list(TriggerType), "cron"),
        ]
    ),
    SourcesUnavailableError(),
)


def _trigger(
    account: ManagedAccount, function_id: FunctionId, trigger_id: TriggerId, services: UseCases
) -> Trigger:
    return services.triggers.fetch(account.id, function_id, trigger_id)


_TriggerInPath = Annotated[Trigger, Depends(_trigger)]


@router.put(_TRIGGERS, status_code=201)
@raises(
    *_BINDING,
    SourceInUseError("arn:aws:sqs:us-east-1:123456789012:orders"),
    TooManyTriggersError(TRIGGERS),
    full(Quota.EVENT_TRIGGERS),
)
def create_trigger(
    request: Request,
    account: ManagedAccount,
    function_id: FunctionId,
    data: Data,
    services: UseCases,
) -> Response:
    """Bind a function to an event source."""
    trigger = services.triggers.create(account.id, function_id, data)
    location = location_of(
        request,
        "fetch_trigger",
        account_id=account.id,
        function_id=function_id,
        trigger_id=trigger.id,
    )
    return success(
        request,
        _document(request, services, trigger, data, with_source=True),
        etag=trigger.etag,
        headers={"location": location},
    )


@router.get(_TRIGGERS, responses=CACHED)
def list_triggers(
    request: Request, account: ManagedAccount, function_id: FunctionId, services: UseCases
) -> Response:
    """Return all triggers of a function, without details of their sources."""
    found = services.triggers.list(account.id, function_id)
    data = [_document(request, services, trigger) for trigger in found]
    return listing(request, data)


@router.get(TRIGGER, responses=CACHED)
def fetch_trigger(request: Request, trigger: _TriggerInPath, services: UseCases) -> Response:
    """Return a trigger with all that is known of its source."""
    return success(
        request, _document(request, services, trigger, with_source=True), etag=trigger.etag
    )


@router.post(TRIGGER)
@raises(*_BINDING)
def change_trigger(
    request: Request,
    account: ManagedAccount,
    function_id: FunctionId,
    trigger_id: TriggerId,
    data: Data,
    expected: Expected,
    services: UseCases,
) -> Response:
    """Replace all keys of a trigger, and bind it again; its type, queue, stream or topic stays."""
    trigger = services.triggers.change(account.id, function_id, trigger_id, data, expected)
    return success(request, _document(request, services, trigger, data), etag=trigger.etag)


@router.patch(TRIGGER)
@raises(*_BINDING)
def patch_trigger(
    request: Request,
    account: ManagedAccount,
    function_id: FunctionId,
    trigger_id: TriggerId,
    data: Data,
    expected: Expected,
    services: UseCases,
) -> Response:
    """Merge keys into a trigger, and bind it again; `null` removes a key."""
    trigger = services.triggers.patch(account.id, function_id, trigger_id, data, expected)
    return success(request, _document(request, services, trigger, data), etag=trigger.etag)


@router.delete(TRIGGER)
def remove_trigger(
    request: Request,
    account: ManagedAccount,
    function_id: FunctionId,
    trigger_id: TriggerId,
    expected: Expected,
    services: UseCases,
) -> Response:
    """Remove a trigger, and what was made for it."""
    trigger = services.triggers.remove(account.id, function_id, trigger_id, expected)
    return success(request, _public(trigger, {"deleted": True}), etag=trigger.etag)


@router.get(f"{TRIGGER}/attempts", responses=CACHED)
def list_trigger_attempts(
    request: Request,
    account: ManagedAccount,
    trigger: _TriggerInPath,
    paging: PagingNewestFirst,
    services: UseCases,
) -> Response:
    """Return the executions of a trigger, the newest first, and how often each was attempted."""
    record_filter = RecordFilter(predicate=lambda record: record.trigger_id == trigger.id)
    return page_of(request, account, trigger.function_id, paging, record_filter, services)


def _document(
    request: Request,
    services: Services,
    trigger: Trigger,
    written: Document | None = None,
    *,
    with_source: bool = False,
) -> Mapping[str, JsonValue]:
    """Return a trigger with what only the server knows of it.

    ``written`` is the document that a client just sent, for warnings. With ``with_source``, the
    details of the source are asked for, and the secret that the service derives is added.
    """
    read_only: dict[str, JsonValue] = {
        "created": gregorian(trigger.created_at),
        "modified": gregorian(trigger.modified_at),
    }
    if trigger.disable_reason is not None:
        read_only["disable_reason"] = trigger.disable_reason
    if trigger.type is TriggerType.SCHEDULE and trigger.enabled:
        runs = trigger.schedule.next_runs(services.clock.now_ms(), NEXT_RUNS)
        read_only["next_runs"] = [_iso(run_ms) for run_ms in runs]
    if trigger.type is TriggerType.WEBHOOK:
        read_only["url"] = url_of(request, trigger)
    if trigger.type is TriggerType.HTTP:
        # The scheme of a host of its own is that of whatever stands in front of it.
        host = trigger.host
        read_only["url"] = (
            base_url_of(request) + str(trigger.source) if host is None else f"https://{host}/"
        )
    if with_source:
        read_only |= _of_source(services, trigger)
    return _public(
        trigger, with_warnings(read_only, key_warnings(written or {}, keys_of(trigger.type)))
    )


def _of_source(services: Services, trigger: Trigger) -> Mapping[str, JsonValue]:
    found: dict[str, JsonValue] = {}
    if trigger.secret is None and _is_signed(trigger):
        found["secret"] = services.triggers.webhook_secret(trigger)
    with suppress(SourcesUnavailableError):  # the stored document is served without them
        found |= services.sources.details(trigger)
    return found


def _public(trigger: Trigger, read_only: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    return {**trigger.document, "id": trigger.id, "_read_only": read_only}


def _iso(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _is_signed(trigger: Trigger) -> bool:
    rules = RULES[trigger.type]
    return rules.check_secret is not None and rules.takes_secret(trigger.document)
