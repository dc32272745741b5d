"""Every case ends as it says, in its time, and the next execution is healthy."""

import os
from pathlib import Path

from isolambda_executor.supervisor import Supervisor
from tests.cases.checks import (
    assert_ends_as,
    assert_healthy,
    every_case,
    in_time,
    killed_at_work,
    read_case,
    request_of,
    request_of_another_account,
)


@every_case
def test_a_case_ends_as_it_says_and_the_next_execution_is_healthy(
    case: Path, supervisor: Supervisor
) -> None:
    expected = read_case(case)
    request = request_of(case, expected)

    with killed_at_work(expected.get("kill_with"), os.getpid()):
        result = in_time(supervisor.execute, request)

    assert_ends_as(result, expected)
    assert_healthy(supervisor.execute(request_of_another_account()))
