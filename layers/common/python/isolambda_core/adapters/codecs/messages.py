"""Encode messages of the execution queue as JSON text.

A queued execution is an object of its fields, a trigger to reconcile is an object under ``settle``,
and a callback of a budget one under ``budget``.
"""

from dataclasses import asdict
from typing import cast

from isolambda_core.domain.accounts.budgets import Measure, Meter, Period
from isolambda_core.domain.executions.wire import MalformedMessageError
from isolambda_core.domain.ids import MS_MAX, is_id
from isolambda_core.domain.json_text import InvalidJsonError, JsonValue, dump, parse
from isolambda_core.domain.queue.messages import (
    QueuedBudgetCallback,
    QueuedExecution,
    QueuedMessage,
    ReconcileTrigger,
)
from isolambda_core.domain.triggers.triggers import (
    TriggerRef,
    TriggerType,
)

_BODY_CHARACTERS = 2_048
"""Far longer than any message that Isolambda writes."""


def dump_message(message: QueuedMessage) -> str:
    """Return a message as ASCII JSON."""
    if isinstance(message, ReconcileTrigger):
        reconcile = cast("JsonValue", asdict(message.trigger))
        return dump({"settle": reconcile, "sent_at_ms": message.sent_at_ms})
    if isinstance(message, QueuedBudgetCallback):
        fields = {**asdict(message.meter), "measure": message.measure, "percent": message.percent}
        return dump({"budget": fields, "sent_at_ms": message.sent_at_ms})
    return dump(asdict(message))


def read_message(body: str) -> QueuedMessage:
    """Return the message that :func:`dump_message` wrote; it ignores keys of a newer release.

    Raises:
        MalformedMessageError: the body is not ours.
    """
    if len(body) > _BODY_CHARACTERS:
        raise MalformedMessageError("longer than any message of ours")
    try:
        fields = parse(body)
    except InvalidJsonError as error:
        raise MalformedMessageError("not JSON") from error
    match fields:
        case {"settle": reconcile, "sent_at_ms": int(sent_at_ms)} if _is_time(sent_at_ms):
            return ReconcileTrigger(_read_trigger(reconcile), sent_at_ms)
        case {"budget": budget, "sent_at_ms": int(sent_at_ms)} if _is_time(sent_at_ms):
            return _read_budget(budget, sent_at_ms)
        case {
            "account_id": str(account_id),
            "function_id": str(function_id),
            "execution_id": str(execution_id),
            "sent_at_ms": int(sent_at_ms),
        } if _are_ids(account_id, function_id, execution_id) and _is_time(sent_at_ms):
            return QueuedExecution(account_id, function_id, execution_id, sent_at_ms)
    raise MalformedMessageError("no message of ours")


def _read_trigger(fields: JsonValue) -> TriggerRef:
    match fields:
        case {
            "account_id": str(account_id),
            "function_id": str(function_id),
            "trigger_id": str(trigger_id),
            "type": str(trigger_type),
            "source": None | str() as source,
        } if _are_ids(account_id, function_id, trigger_id) and trigger_type in _TYPES:
            return TriggerRef(account_id, function_id, trigger_id, _TYPES[trigger_type], source)
    raise MalformedMessageError("not a trigger")


def _read_budget(fields: JsonValue, sent_at_ms: int) -> QueuedBudgetCallback:
    match fields:
        case {
            "account_id": str(account_id),
            "period": str(period),
            "name": str(name),
            "ends_at": int(ends_at),
            "measure": str(measure),
            "percent": int(percent),
        } if is_id(account_id) and period in _PERIODS and measure in _MEASURES:
            meter = Meter(account_id, _PERIODS[period], name, ends_at)
            return QueuedBudgetCallback(account_id, meter, _MEASURES[measure], percent, sent_at_ms)
    raise MalformedMessageError("not a budget")


_PERIODS = {period.value: period for period in Period}
_MEASURES = {measure.value: measure for measure in Measure}
_TYPES = {trigger_type.value: trigger_type for trigger_type in TriggerType}


def _are_ids(*texts: str) -> bool:
    return all(map(is_id, texts))


def _is_time(at_ms: int) -> bool:
    return not isinstance(at_ms, bool) and 0 <= at_ms <= MS_MAX
