"""Budgets of real servers: many callers at a time, several processes, and some that are killed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Semaphore

import httpx2
import pytest

from tests.support import commands, processes
from tests.support.servers import Server
from tests.support.waiting import eventually

TWO = ("--processes", "2", "--workers", "2")
CALLERS = 100
BUDGET = 1_000
SHARE = BUDGET // 200


def set_budget(server: Server, word: str) -> None:
    of = [server.credentials["account_id"], "--set", word, "--data-dir", str(server.data_dir)]
    commands.run("admin", "accounts", "budget", *of).check_returncode()


def execute(server: Server, client: httpx2.Client, function: str) -> httpx2.Response:
    return client.post(f"{server.functions_url(function)}/execute", json={"data": {}})


def successes_of_one(server: Server, function: str, answered: Semaphore) -> int:
    """Execute as one of many callers until the budget is used up, and count what went well."""
    count = 0
    with server.client() as client:
        while True:
            answer = execute(server, client, function)
            if answer.status_code == 429 and "budget" not in answer.json()["data"]:
                # There are too many at a time: each that has its answer makes room for one.
                answered.acquire(timeout=1)
                continue
            answered.release()
            if answer.status_code == 429:
                return count
            count += answer.status_code == 200


def successes(server: Server, function: str) -> int:
    answered = Semaphore(0)
    with ThreadPoolExecutor(CALLERS) as pool:
        return sum(pool.map(lambda _: successes_of_one(server, function, answered), range(CALLERS)))


@pytest.mark.parametrize("options", [("--workers", "2"), TWO], ids=["one process", "two"])
def test_a_hundred_callers_stop_at_the_budget_of_their_account(
    start: Callable[..., Server], options: tuple[str, ...]
) -> None:
    server = start(*options)
    function = server.create("return 1")
    set_budget(server, f"executions.month={BUDGET}")

    assert BUDGET <= successes(server, function) <= BUDGET * 1.01


def test_processes_that_are_killed_take_no_more_than_their_shares_with_them(
    start: Callable[..., Server],
) -> None:
    server = start(*TWO)
    function = server.create("return 1")
    set_budget(server, f"executions.month={BUDGET}")
    with server.client() as client:
        assert execute(server, client, function).status_code == 200
    before = processes.children(server.process.pid)
    for process in before:
        processes.kill(process)
    eventually(lambda: len({*processes.children(server.process.pid)} - {*before}) == len(before))

    assert BUDGET - SHARE <= 1 + successes(server, function) <= BUDGET
