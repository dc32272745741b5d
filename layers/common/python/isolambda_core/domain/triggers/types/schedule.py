"""Triggers of type ``schedule``: times at which Amazon EventBridge Scheduler runs them."""

from isolambda_core.domain.documents import Document
from isolambda_core.domain.triggers.schedules.documents import SCHEDULE_SCHEMA, check_schedule
from isolambda_core.domain.triggers.types.rules import TypeRules


def _wrap(event: Document) -> Document | None:
    match event:
        case {"source": "aws.scheduler", "time": time}:
            return {"scheduled_at": time}
    return None


RULES = TypeRules(
    description="Runs by the clock: as `schedule` says, or `repeat` from `start` on.",
    event='an event of EventBridge Scheduler, "source": "aws.scheduler"',
    schema=SCHEDULE_SCHEMA,
    check=check_schedule,
    wrap=_wrap,
)
