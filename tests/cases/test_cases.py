"""Every case ends as it says, in its time, and the next execution is healthy."""

import os
from pathlib import Path

from isolambda_executor.supervisor import Supervisor
from tests.cases.checks import (
    assert_ends_as_told,
    assert_healthy,
    every_case,
    in_time,
    killed_at_work,
    request_of,
    request_of_another_account,
    told_of,
)


@every_case
def test_a_case_ends_as_it_says_and_the_next_execution_is_healthy(
    case: Path, supervisor: Supervisor
) -> None:
    told = told_of(case)
    request = request_of(case, told)

    with killed_at_work(told.get("kill_with"), os.getpid()):
        result = in_time(supervisor.execute, request)

    assert_ends_as_told(result, told)
    assert_healthy(supervisor.execute(request_of_another_account()))
