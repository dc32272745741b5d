"""Executions that leave nothing behind but what they themselves write."""

from dataclasses import replace
from typing import cast

from isolambda_core.domain.functions.functions import RECORDS
from isolambda_core.services.executions.execution import Resolved

*_, _NO_RECORDS = RECORDS


def without_records(resolved: Resolved, wall_time_ms_max: int) -> Resolved:
    """Return what is executed, with no records, no breaker and at most so much time."""
    function = resolved.function
    limits = cast("dict[str, int]", function.document.get("limits", {}))
    wall_time_ms = min(function.limits.wall_time_ms, wall_time_ms_max)
    document = {
        **function.document,
        "record": _NO_RECORDS,
        "limits": {**limits, "wall_time_ms": wall_time_ms},
    }
    return replace(resolved, function=replace(function, document=document, breakers={}))
