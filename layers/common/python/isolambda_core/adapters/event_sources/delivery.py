"""How often EventBridge and Scheduler try to deliver an event."""

from typing import TYPE_CHECKING, cast

from isolambda_core.domain.limits import TRIGGER_AGE_S_MAX
from isolambda_core.domain.triggers.triggers import Trigger

if TYPE_CHECKING:
    from mypy_boto3_events.type_defs import RetryPolicyTypeDef

_RETRIES = 185  # EventBridge's own number, for as long as an event may be old


def retries_of(trigger: Trigger) -> "RetryPolicyTypeDef":
    """Return how often, and until which age of an event, to invoke the dispatcher with it."""
    age_s = cast("int", trigger.document.get("maximum_age_s", TRIGGER_AGE_S_MAX))
    return {"MaximumRetryAttempts": _RETRIES, "MaximumEventAgeInSeconds": age_s}
