"""A request that fetches of functions led to says how many, and too many are refused."""

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from isolambda_api.app import Services
from isolambda_core.domain.documents import Document
from isolambda_core.domain.executions.execution import ExecutionRequest, ExecutionResult, Outcome
from isolambda_core.domain.executions.hops import HOPS_HEADER, header_of_hops, hops_in
from isolambda_core.domain.limits import FETCH_HOPS
from tests.support.services import Perform
from tests.support.sources import FakeEventSources

TOKEN = "sixteen-letters-and-more"  # noqa: S105 - of no installation
TRIGGERS: dict[str, Document] = {
    "http": {"name": "n", "type": "http", "path": "shop", "auth": {"type": "none"}},
    "webhook": {"name": "n", "type": "webhook", "signature": "token", "secret": TOKEN},
}
ENDPOINTS = {
    "an execution": "/v2/accounts/{account}/functions/{function}/execute",
    "CodeMash's execution": "/v2/serverless/functions/{function}/execute",
    "a call": "/pivot/{account}/{function}",
    "an HTTP function": "/http/{account}/shop",
    "a webhook": "/webhooks/{account}/{function}/{trigger}",
}
QUEUED = {"prefer": "respond-async"}


@pytest.fixture
def path_of(services: Services, account_id: str, function_id: str) -> Callable[[str], str]:
    made = {
        name: services.triggers.create(account_id, function_id, document).id
        for name, document in TRIGGERS.items()
    }

    def path_of(endpoint: str) -> str:
        return ENDPOINTS[endpoint].format(
            account=account_id, function=function_id, trigger=made["webhook"]
        )

    return path_of


def headers(hops: int) -> dict[str, str]:
    return {HOPS_HEADER: header_of_hops(hops), "x-webhook-token": TOKEN}


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_an_execution_knows_how_many_fetches_led_to_it(
    bare: TestClient,
    key: str,
    path_of: Callable[[str], str],
    perform: Perform,
    executed: list[ExecutionRequest],
    endpoint: str,
) -> None:
    sent = {**headers(FETCH_HOPS), "x-auth-token": key}
    bare.post(path_of(endpoint), json={"data": {}}, headers=sent)
    if endpoint == "a webhook":
        perform()

    assert [request.hops for request in executed] == [FETCH_HOPS]


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_one_fetch_more_is_refused(
    bare: TestClient,
    key: str,
    path_of: Callable[[str], str],
    executed: list[ExecutionRequest],
    endpoint: str,
) -> None:
    sent = {**headers(FETCH_HOPS + 1), "x-auth-token": key}
    answer = bare.post(path_of(endpoint), json={"data": {}}, headers=sent)

    assert answer.status_code == 508
    assert f"{FETCH_HOPS + 1} fetches of functions led to this request" in answer.text
    assert executed == []


@pytest.mark.parametrize("endpoint", ["mcp", "mcp/code"])
def test_a_tool_knows_how_many_fetches_led_to_it_and_one_more_is_refused(
    bare: TestClient,
    services: Services,
    account_id: str,
    function_id: str,
    key: str,
    executed: list[ExecutionRequest],
    endpoint: str,
) -> None:
    tool: Document = {"name": "greet", "description": "Greets."}
    services.functions.patch(account_id, function_id, {"tool": tool}, None)
    called = ("execute", {"code": "return 1"}) if endpoint == "mcp/code" else ("greet", {})
    params = dict(zip(("name", "arguments"), called, strict=True))
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    path, accepted = f"/v2/accounts/{account_id}/{endpoint}", {"accept": "application/json, */*"}

    answers = [
        bare.post(path, json=message, headers={**headers(hops), **accepted, "x-auth-token": key})
        for hops in (FETCH_HOPS, FETCH_HOPS + 1)
    ]

    assert [answer.status_code for answer in answers] == [200, 508]
    assert [request.hops for request in executed] == [FETCH_HOPS]
    assert all(request.tools is None or request.tools.hops == FETCH_HOPS for request in executed)


@pytest.mark.parametrize("endpoint", ["calls/run", "aliases/live"])
def test_a_saved_call_knows_how_many_fetches_led_to_it_and_one_more_is_refused(
    client: TestClient,
    services: Services,
    account_id: str,
    function_id: str,
    executed: list[ExecutionRequest],
    endpoint: str,
) -> None:
    document: Document = {"input": 1, "expect": {"outcome": "ok"}}
    services.saved_calls.put(account_id, function_id, "one", document, None)
    services.versions.publish(account_id, function_id, "")
    url = f"/v2/accounts/{account_id}/functions/{function_id}/{endpoint}"
    method = "POST" if endpoint == "calls/run" else "PUT"
    data = {"version": 1, **({} if method == "POST" else {"contract": "enforced"})}

    answers = [
        client.request(method, url, json={"data": data}, headers=headers(hops))
        for hops in (FETCH_HOPS + 1, FETCH_HOPS)
    ]

    assert answers[0].status_code == 508
    assert [request.hops for request in executed] == [FETCH_HOPS]


@pytest.mark.parametrize("kind", ["events", "messages"])
def test_what_is_sent_keeps_its_count_and_one_more_is_refused(
    client: TestClient,
    services: Services,
    account_id: str,
    function_id: str,
    sources: FakeEventSources,
    kind: str,
) -> None:
    event = {"source": "shop", "detail-type": "placed", "detail": {}}
    data = {"events": [event]} if kind == "events" else {"messages": ["m"]}
    queue = services.triggers.create(account_id, function_id, {"name": "q", "type": "queue"})
    account = f"/v2/accounts/{account_id}"
    of_queue = f"{account}/functions/{function_id}/triggers/{queue.id}/messages"
    url = f"{account}/events" if kind == "events" else of_queue

    answers = [
        client.put(url, json={"data": data}, headers=headers(hops))
        for hops in (FETCH_HOPS + 1, FETCH_HOPS)
    ]

    assert [answer.status_code for answer in answers] == [508, 202]
    assert [*sources.hops, *(event.hops for _, event in sources.published)] == [FETCH_HOPS]


def test_what_is_queued_keeps_its_count(
    client: TestClient,
    path_of: Callable[[str], str],
    perform: Perform,
    executed: list[ExecutionRequest],
) -> None:
    client.post(path_of("an execution"), json={"data": {}}, headers={**headers(3), **QUEUED})
    perform()

    assert [request.hops for request in executed] == [3]


def test_a_fallback_does_not_answer_a_loop(
    bare: TestClient,
    services: Services,
    account_id: str,
    function_id: str,
    path_of: Callable[[str], str],
    script: Callable[[ExecutionResult | Exception], None],
) -> None:
    services.functions.patch(account_id, function_id, {"fallback": {"status": 200}}, None)
    script(ExecutionResult("", Outcome.EXCEPTION))

    statuses = [
        bare.get(path_of("an HTTP function"), headers=headers(FETCH_HOPS + more)).status_code
        for more in (0, 1)
    ]

    assert statuses == [200, 508]


@pytest.mark.parametrize(
    ("header", "hops"),
    [
        ("", 0),
        ("isolambda; hops=3", 3),
        ("ISOLAMBDA;hops=3 , cdn.example; v=1", 3),
        ("isolambda; hops=2, isolambda; hops=7,isolambda; hops=1", 7),
        ("isolambda; hops=-3", 0),
        ("isolambda; hops=1e3", 0),
        ("isolambda; hops=\u0663", 0),
        ("isolambda; hops=" + "9" * 5_000, 0),
        ("not-isolambda; hops=3", 0),
        (", " * 8_000, 0),
    ],
)
def test_a_header_says_how_many_or_nothing(header: str, hops: int) -> None:
    assert hops_in(header) == hops
