"""Triggers of type ``schedule``: runs of EventBridge Scheduler."""

from isolambda_core.domain.json_text import dump
from isolambda_core.domain.triggers.triggers import Trigger, TriggerEvent
from isolambda_dispatcher.parsing import iso, unix_ms
from isolambda_dispatcher.queued import Wrapped

_MINUTE_MS = 60_000


def run_at(trigger: Trigger, at_ms: int) -> TriggerEvent:
    """Return the run of a schedule that was due at a time, with what the function gets."""
    scheduled_at = iso(at_ms)
    payload = dump({"scheduled_at": scheduled_at, "input": trigger.document.get("input")})
    return TriggerEvent(scheduled_at, at_ms, payload)


def _read(scheduled_at: object, trigger: Trigger, now_ms: int) -> TriggerEvent:
    """Return the run of a schedule for which EventBridge Scheduler says when it was due.

    Where that is no time, as of a local AWS that fills in nothing, it is the minute of ``now_ms``.
    """
    try:
        at_ms = unix_ms(scheduled_at)
    except (TypeError, ValueError):
        at_ms = now_ms // _MINUTE_MS * _MINUTE_MS
    return run_at(trigger, at_ms)


SOURCE = Wrapped("scheduled_at", object, _read)
