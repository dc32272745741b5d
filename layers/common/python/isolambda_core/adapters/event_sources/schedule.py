"""Triggers of type ``schedule``: schedules in the stack's group of EventBridge Scheduler."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from typing_extensions import override

from isolambda_core.adapters.event_sources.delivery import retries_of
from isolambda_core.adapters.event_sources.errors import (
    as_unavailable,
    errors_mapped,
    ignoring_missing,
    is_gone,
)
from isolambda_core.adapters.sources_by_type import EventSource
from isolambda_core.config import SourceSettings
from isolambda_core.domain.json_text import dump
from isolambda_core.domain.triggers.schedules.schedule import Schedule
from isolambda_core.domain.triggers.triggers import (
    Trigger,
    TriggerRef,
)
from isolambda_core.ports.clock import Clock

if TYPE_CHECKING:
    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_scheduler.type_defs import TargetTypeDef, UpdateScheduleInputTypeDef

_RATE = "rate("


@dataclass(frozen=True, slots=True)
class Schedules(EventSource):
    """One schedule for each trigger; its name is the trigger's id."""

    client: "EventBridgeSchedulerClient"
    settings: SourceSettings
    clock: Clock

    @override
    def bind(self, trigger: Trigger) -> None:
        """Make the schedule, or change it to what the document says; see ``EventSources.bind``.

        It leaves a schedule alone that is as it should be: Scheduler fires within a minute, and a
        change meanwhile could cost a run.
        """
        key = "repeat" if "repeat" in trigger.document else "schedule"
        now_ms = self.clock.now_ms()
        wanted = self._wanted(trigger, now_ms)
        with as_unavailable(key, trigger.document[key]):
            try:
                found = self.client.get_schedule(
                    GroupName=self.settings.schedule_group, Name=trigger.id
                )
            except ClientError as error:
                if not is_gone(error):
                    raise
                self.client.create_schedule(**wanted)
                return
            if not _is_as_wanted(found, wanted, trigger.schedule, now_ms):
                self.client.update_schedule(**wanted)

    @override
    def unbind(self, trigger: TriggerRef) -> None:
        """Remove the schedule; see ``EventSources.unbind``."""
        with errors_mapped(), ignoring_missing():
            self.client.delete_schedule(
                GroupName=self.settings.schedule_group, Name=trigger.trigger_id
            )

    def _wanted(self, trigger: Trigger, now_ms: int) -> "UpdateScheduleInputTypeDef":
        schedule = trigger.schedule
        next_ms = schedule.next_ms(now_ms)
        wanted: UpdateScheduleInputTypeDef = {
            "Name": trigger.id,
            "GroupName": self.settings.schedule_group,
            "ScheduleExpression": schedule.expression,
            "ScheduleExpressionTimezone": schedule.timezone,
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "State": "ENABLED" if trigger.enabled and next_ms is not None else "DISABLED",
            "ActionAfterCompletion": "NONE",
            "Target": self._target(trigger),
        }
        if schedule.flexible_minutes is not None:
            wanted["FlexibleTimeWindow"] = {
                "Mode": "FLEXIBLE",
                "MaximumWindowInMinutes": schedule.flexible_minutes,
            }
        # A schedule that is over has no dates: Scheduler takes none that are past.
        if next_ms is not None:
            start_ms = _start_ms(schedule, next_ms, now_ms)
            if start_ms is not None:
                wanted["StartDate"] = _date(start_ms)
            if schedule.end_ms is not None:
                wanted["EndDate"] = _date(schedule.end_ms)
        return wanted

    def _target(self, trigger: Trigger) -> "TargetTypeDef":
        payload = {**trigger.address, "scheduled_at": "<aws.scheduler.scheduled-time>"}
        return {
            "Arn": self.settings.dispatcher_arn,
            "RoleArn": self.settings.scheduler_role_arn,
            "Input": dump(payload),
            "RetryPolicy": retries_of(trigger),
            "DeadLetterConfig": {"Arn": self.settings.dead_letter_queue_arn},
        }


def _start_ms(schedule: Schedule, next_ms: int, now_ms: int) -> int | None:
    """Return when a schedule is to begin; a rate counts from there, so it keeps in step.

    Scheduler takes no start that is five minutes past, and none for what happens once.
    """
    if schedule.expression.startswith(_RATE):
        return next_ms
    if schedule.expression.startswith("cron(") and schedule.start_ms > now_ms:
        return schedule.start_ms
    return None


def _is_as_wanted(
    found: Mapping[str, Any], wanted: Mapping[str, Any], schedule: Schedule, now_ms: int
) -> bool:
    """Return whether a schedule has the runs of the one that is wanted.

    It may have begun earlier: a rate if that is in step, another if it is to begin at once.
    """
    compared = {*wanted, "EndDate"} - {"StartDate"}
    if any(found.get(key) != wanted.get(key) for key in compared):
        return False
    began, begins = found.get("StartDate"), wanted.get("StartDate")
    if began is None or began == begins:
        return bool(began == begins)
    began_ms: int = round(began.timestamp() * 1000)
    if begins is None:
        return began_ms <= now_ms
    return bool(
        schedule.expression.startswith(_RATE)
        and began < begins
        and schedule.next_ms(began_ms - 1) == began_ms
    )


def _date(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)
