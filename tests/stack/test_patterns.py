"""EventBridge, as the local AWS has it, judges patterns as ours do on one machine."""

import json
from typing import Any

from botocore.exceptions import ClientError

from tests.stack.stack import Stack
from tests.support.patterns import (
    CASES,
    REFUSED,
)


def test_a_pattern_matches_there_what_it_matches_here(stack: Stack) -> None:
    events = stack.aws.client("events")

    judged = [
        events.test_event_pattern(EventPattern=json.dumps(pattern), Event=json.dumps(event))
        for pattern, event, _ in CASES
    ]

    assert [one["Result"] for one in judged] == [matched for _, _, matched in CASES]


def test_a_pattern_that_is_refused_here_is_refused_there(stack: Stack) -> None:
    events = stack.aws.client("events")

    def is_taken(pattern: Any) -> bool:
        try:
            events.put_rule(Name="refused", EventPattern=json.dumps(pattern))
        except ClientError:
            return False
        return True

    assert [pattern for pattern in REFUSED if is_taken(pattern)] == []
