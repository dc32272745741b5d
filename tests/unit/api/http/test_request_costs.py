"""What a request costs the process of the server, counted while the executor answers at once.

The bounds of the calls are what Python 3.11 makes, and a twentieth more; later Pythons make less.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing

import pytest
from anyio import to_thread
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.support.frequent_requests import (
    CALL,
    EXECUTE_CODEMASH,
    EXECUTE_KAZOO,
    FETCH,
    GREETING,
    LIST,
    PIVOT,
    HttpRequest,
)
from tests.support.request_costs import (
    FIRST_FETCH,
    FIRST_LIST,
    HTTP_FUNCTION,
    RequestCost,
    cost_of,
    frequent_costs,
    traced_sql,
)

Work = Callable[[], Awaitable[None]]
HandOver = Callable[[Callable[[], None]], Awaitable[None]]

pytestmark = pytest.mark.slow

AT_MOST = {
    EXECUTE_KAZOO: RequestCost(hops=0, pragmas=0, statements=0, calls=116),
    EXECUTE_CODEMASH: RequestCost(hops=0, pragmas=0, statements=0, calls=132),
    PIVOT: RequestCost(hops=0, pragmas=0, statements=0, calls=214),
    HTTP_FUNCTION: RequestCost(hops=0, pragmas=0, statements=0, calls=165),
    FETCH: RequestCost(hops=0, pragmas=0, statements=0, calls=64),
    LIST: RequestCost(hops=0, pragmas=0, statements=0, calls=64),
    FIRST_FETCH: RequestCost(hops=2, pragmas=0, statements=3, calls=2_211),
    FIRST_LIST: RequestCost(hops=2, pragmas=0, statements=4, calls=2_935),
}
GREET_ADA = HttpRequest("POST", "/", GREETING, CALL)


@pytest.fixture(scope="module")
def costs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, RequestCost]:
    return frequent_costs(tmp_path_factory.mktemp("costs") / "isolambda.db")


@pytest.mark.parametrize("name", AT_MOST)
def test_a_request_that_succeeds_costs_no_more(name: str, costs: dict[str, RequestCost]) -> None:
    cost, bound = costs[name], AT_MOST[name]

    assert cost.hops <= bound.hops, cost
    assert cost.pragmas <= bound.pragmas, cost
    assert cost.statements <= bound.statements, cost
    assert cost.calls <= bound.calls, cost


def test_the_requests_that_are_bounded_are_all_that_are_counted(
    costs: dict[str, RequestCost],
) -> None:
    assert AT_MOST.keys() == costs.keys()


def app_that(works: Work) -> ASGIApp:
    """Return an app that greets Ada after some work."""

    async def app(_scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await works()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": GREETING.encode()})

    return app


async def _by_anyio(work: Callable[[], None]) -> None:
    await to_thread.run_sync(work)  # which is looked up as starlette does


async def _nothing() -> None:
    pass


def _idle() -> None:
    pass


def test_work_on_the_loop_is_no_hop_and_the_calls_in_it_are_counted() -> None:
    async def works() -> None:
        for number in range(50):
            abs(number)

    nothing, fifty = (cost_of(app_that(each), GREET_ADA, []) for each in (_nothing, works))

    assert nothing.hops == fifty.hops == 0
    assert fifty.calls - nothing.calls == 50


@pytest.mark.parametrize(
    "hand_over",
    [_by_anyio, asyncio.to_thread],
    ids=["anyio", "asyncio"],
)
def test_work_in_a_thread_is_a_hop_and_the_calls_in_it_are_counted(hand_over: HandOver) -> None:
    def fifty() -> None:
        for number in range(50):
            abs(number)

    def works_twice(work: Callable[[], None]) -> Work:
        async def works() -> None:
            await hand_over(work)
            await hand_over(work)

        return works

    nothing, hundred = (
        cost_of(app_that(works_twice(work)), GREET_ADA, []) for work in (_idle, fifty)
    )

    assert nothing.hops == hundred.hops == 2
    assert hundred.calls - nothing.calls > 90  # the way there and back is not always alike


def test_the_line_of_a_request_is_counted_also_where_it_was_not_logged_before() -> None:
    logger = logging.getLogger("isolambda_api.http.request_log")
    assert not logger.isEnabledFor(logging.INFO)  # which loggers remember

    async def works() -> None:
        logger.info("a line")

    nothing, line = (cost_of(app_that(each), GREET_ADA, []) for each in (_nothing, works))

    assert line.calls - nothing.calls > 20


def test_pragmas_are_counted_apart_from_other_statements() -> None:
    with traced_sql() as statements, closing(sqlite3.connect(":memory:")) as connection:

        async def works() -> None:
            connection.execute("PRAGMA data_version").fetchall()
            connection.execute("SELECT 1").fetchall()
            connection.execute("SELECT ?", (2,)).fetchall()

        cost = cost_of(app_that(works), GREET_ADA, statements)

    assert (cost.hops, cost.pragmas, cost.statements) == (0, 1, 2)
