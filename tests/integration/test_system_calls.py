"""How many system calls the event loop of a server makes for a request, and a worker for its own.

The bounds are what is counted, and a tenth more.
"""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from isolambda_core.domain.documents import Document
from isolambda_executor.supervisor import Supervisor
from tests.bench.load import Load
from tests.support.frequent_requests import (
    EXECUTE_CODEMASH,
    EXECUTE_KAZOO,
    FETCH,
    LIST,
    PIVOT,
    HttpRequest,
    frequent_requests,
)
from tests.support.request_costs import HTTP_FUNCTION
from tests.support.servers import Server
from tests.support.system_calls import system_calls, system_calls_of_worker
from tests.unit.executor.operations.operating import Double, Performed, add_host, supervising
from tests.unit.executor.supervised import asked, run

AT_MOST = {
    EXECUTE_KAZOO: 9.5,
    EXECUTE_CODEMASH: 9.5,
    PIVOT: 9.5,
    HTTP_FUNCTION: 9.5,
    FETCH: 3.3,
    LIST: 3.3,
}
OF_A_WORKER = {"return 1": 6, "return await 1": 6}
OF_AN_OPERATION = 4
WARM_UP = 20
COUNTED = 50
BLOCKS = 3


@pytest.fixture(scope="module")
def requests(shared: Server) -> dict[str, HttpRequest]:
    def create(document: Document) -> str:
        return shared.create("", **document)

    account_id, key = shared.credentials["account_id"], shared.credentials["api_key"]
    page = shared.create("return new Response('hi Ada')")
    trigger = {"name": "n", "type": "http", "path": "counted", "auth": {"type": "none"}}
    with shared.client() as client:
        put = client.put(f"{shared.functions_url(page)}/triggers", json={"data": trigger})
    assert put.status_code == 201, put.text
    return {
        **frequent_requests(account_id, key, create),
        HTTP_FUNCTION: HttpRequest("GET", f"/http/{account_id}/counted", "hi Ada"),
    }


@pytest.mark.parametrize("name", AT_MOST)
def test_a_request_that_succeeds_takes_no_more_system_calls(
    name: str, shared: Server, requests: dict[str, HttpRequest]
) -> None:
    port = urlsplit(shared.credentials["url"]).port or 0

    with Load(port, requests[name], connections=1) as load:
        load.run(WARM_UP)
        counted = [
            system_calls(shared.process.pid, lambda: load.run(COUNTED)) for _ in range(BLOCKS)
        ]

    assert 0 < min(counted) <= AT_MOST[name] * COUNTED


@pytest.mark.parametrize("source", OF_A_WORKER)
def test_a_warm_execution_takes_no_more_system_calls_of_a_worker(source: str) -> None:
    with Supervisor(workers=1) as supervisor:

        def execute(times: int) -> None:
            for _ in range(times):
                assert run(supervisor, source).result == b"1"

        execute(WARM_UP)
        [worker] = asked(supervisor)
        counted = [system_calls_of_worker(worker, lambda: execute(COUNTED)) for _ in range(BLOCKS)]

    assert 0 < min(counted) <= OF_A_WORKER[source] * COUNTED


def test_an_operation_takes_no_more_system_calls_of_a_worker(tmp_path: Path) -> None:
    add_host(tmp_path)
    double = Double()
    with supervising(tmp_path, double) as supervisor:
        performed = Performed(supervisor, double)

        def ask(times: int) -> None:
            source = f"for (let n = 0; n < {times}; n++) await ask({{}}); return 1"
            assert performed.run(source) == 1

        ask(WARM_UP)
        [worker] = asked(supervisor)

        def counted(times: int) -> int:
            return min(system_calls_of_worker(worker, lambda: ask(times)) for _ in range(BLOCKS))

        taken = counted(1 + COUNTED) - counted(1)

    assert 0 < taken <= OF_AN_OPERATION * COUNTED
