"""How many system calls the event loop of a server makes for a request.

The bounds are what is counted, and a tenth more, as the loop also wakes by the clock.
"""

from urllib.parse import urlsplit

import pytest

from isolambda_core.domain.documents import Document
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
from tests.support.servers import Server
from tests.support.system_calls import system_calls

AT_MOST = {EXECUTE_KAZOO: 20, EXECUTE_CODEMASH: 20, PIVOT: 18, FETCH: 9, LIST: 9}
WARM_UP = 20
COUNTED = 50
BLOCKS = 3


@pytest.fixture(scope="module")
def requests(shared: Server) -> dict[str, HttpRequest]:
    def create(document: Document) -> str:
        return shared.create("", **document)

    credentials = shared.credentials
    return frequent_requests(credentials["account_id"], credentials["api_key"], create)


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
