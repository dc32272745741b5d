"""HTTP functions at hosts of their own: who has one, what answers there, and what does not."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from isolambda_api.app import Services, create_app
from isolambda_core.domain.accounts.errors import ForbiddenError
from isolambda_core.domain.errors import InvalidDocumentError
from isolambda_core.domain.executions.execution import ExecutionRequest, ExecutionResult, Outcome
from isolambda_core.domain.triggers.errors import SourceInUseError
from isolambda_core.domain.triggers.triggers import Trigger

Script = Callable[[ExecutionResult | Exception], None]
HOST = "shop.example.com"
OPENED = ("*.example.com",)
NONE = {"type": "none"}


def an_answer(headers: Any = ()) -> ExecutionResult:
    fields = {"status": 200, "headers": headers, "body": base64.b64encode(b"hi").decode()}
    return ExecutionResult("", Outcome.OK, json.dumps(fields).encode())


def a_trigger(host: str = HOST, **keys: Any) -> dict[str, Any]:
    return {"name": "n", "type": "http", "host": host, "auth": NONE, **keys}


@pytest.fixture
def allow(services: Services, account_id: str) -> Callable[..., None]:
    """Allow hosts to the account, as an operator does."""

    def allow(*hosts: str) -> None:
        services.accounts.patch(account_id, {"http_hosts": list(hosts)})

    return allow


@pytest.fixture
def published(
    services: Services,
    account_id: str,
    function_id: str,
    script: Script,
    allow: Callable[..., None],
) -> Trigger:
    script(an_answer())
    allow(HOST)
    return services.triggers.create(account_id, function_id, a_trigger())


@pytest.fixture
def opened(services: Services) -> TestClient:
    """A client of a server with hosts of functions."""
    return TestClient(create_app(replace(services, function_hosts=OPENED)))


def at(client: TestClient, host: str, path: str = "/", method: str = "GET", **how: Any) -> Any:
    headers = {"host": host, **how.pop("headers", {})}
    return client.request(method, path, headers=headers, **how)


def test_a_request_to_the_host_runs_the_function(
    opened: TestClient, published: Trigger, executed: list[ExecutionRequest]
) -> None:
    answer = at(opened, "Shop.Example.com.:8443", "/a%20b/?c=d")

    assert (answer.status_code, answer.text, published.host) == (200, "hi", HOST)
    assert json.loads(executed[0].input)["url"] == "http://Shop.Example.com.:8443/a%20b/?c=d"
    assert "content-security-policy" not in answer.headers
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_url_of_the_server_is_not_that_of_a_host_of_its_own(
    services: Services, published: Trigger, executed: list[ExecutionRequest]
) -> None:
    public = replace(services, function_hosts=OPENED, public_url="https://api.example/base")

    at(TestClient(create_app(public)), HOST, "/a")

    assert published.host == HOST
    assert json.loads(executed[0].input)["url"] == f"http://{HOST}/a"


@pytest.mark.parametrize(
    "path",
    [
        "/healthz",
        "/openapi.json",
        "/docs",
        "/console/",
        "/v2/accounts",
        "/v2/user_auth",
        "/webhooks/a/b/c",
        "/mcp",
        "/metrics",
        "/http/x/shop",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_below_the_host_nothing_else_answers(
    opened: TestClient, published: Trigger, path: str, method: str
) -> None:
    answer = at(opened, HOST, path, method)

    assert (answer.status_code, answer.text, published.host) == (200, "hi", HOST)


@pytest.mark.parametrize("path", ["/", "/healthz", "/v2/accounts", "/openapi.json"])
def test_a_host_that_no_function_has_answers_nothing(opened: TestClient, path: str) -> None:
    answer = at(opened, "other.example.com", path)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("host", ["api.other.example", "example.com", "127.0.0.1", "testserver"])
def test_other_hosts_are_those_of_the_api(
    opened: TestClient, published: Trigger, host: str
) -> None:
    assert at(opened, host, "/healthz").json()["status"] == "ok"
    assert published.host == HOST


def test_no_host_is_a_functions_unless_an_operator_leaves_it_to_them(
    bare: TestClient, published: Trigger
) -> None:
    assert at(bare, HOST, "/healthz").json()["status"] == "ok"
    assert published.host == HOST


@pytest.mark.parametrize(
    "hosts",
    [
        (HOST, "api.other.example"),
        ("api.other.example", HOST),
        (HOST, HOST),
        (f"{HOST}, api.other.example",),
        (f"api.other.example,{HOST}",),
    ],
)
def test_a_request_that_names_several_hosts_is_refused(
    opened: TestClient,
    published: Trigger,
    hosts: tuple[str, ...],
    executed: list[ExecutionRequest],
) -> None:
    answer = opened.get("/healthz", headers=[("host", each) for each in hosts])

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
    assert (executed, published.host) == ([], HOST)


@pytest.mark.parametrize("path", ["/a/%2e%2e/b", "/%2E/", "/a\\..\\b"])
def test_a_path_that_leaves_the_host_is_not_found(
    opened: TestClient, published: Trigger, path: str
) -> None:
    answer = opened.build_request("GET", "/", headers={"host": HOST})
    answer.url = answer.url.copy_with(raw_path=path.encode())

    assert (opened.send(answer).status_code, published.host) == (404, HOST)


COOKIES = {
    "of the host": ("a=b; Path=/; Secure", True),
    "of the host, by a name": ("domain=a; Path=/", True),
    "of the host above": ("a=b; Domain=example.com", False),
    "in capitals": ("a=b; DOMAIN=.example.com", False),
    "without a blank": ("a=b;domain=example.com", False),
    "with blanks": ("a=b;\t domain \t= example.com", False),
    "without a value": ("a=b; domain", False),
    "after others": ("a=b; Secure; HttpOnly; domain=example.com; Path=/", False),
}


@pytest.mark.parametrize(("cookie", "goes_out"), COOKIES.values(), ids=COOKIES)
def test_a_cookie_goes_out_for_the_host_alone(
    opened: TestClient, published: Trigger, script: Script, cookie: str, *, goes_out: bool
) -> None:
    script(an_answer([["set-cookie", cookie]]))

    answer = at(opened, HOST)

    assert (answer.headers.get_list("set-cookie"), published.host) == (
        [cookie] if goes_out else [],
        HOST,
    )


def test_what_holds_for_a_host_and_those_below_it_does_not_go_out(
    opened: TestClient, published: Trigger, script: Script
) -> None:
    script(an_answer([["strict-transport-security", "max-age=1; includeSubDomains"]]))

    assert "strict-transport-security" not in at(opened, HOST).headers
    assert published.host == HOST


@pytest.mark.parametrize("change", ["forbidden", "removed", "disabled"])
def test_the_next_request_finds_what_became_of_the_host(
    opened: TestClient,
    services: Services,
    published: Trigger,
    allow: Callable[..., None],
    change: str,
) -> None:
    assert at(opened, HOST).status_code == 200
    ids = (published.account_id, published.function_id, published.id)
    match change:
        case "forbidden":
            allow("other.example.com")
        case "removed":
            services.triggers.remove(*ids)
        case _:
            services.triggers.patch(*ids, {"enabled": False})

    assert at(opened, HOST).status_code == (503 if change == "disabled" else 404)


def test_no_account_has_a_host_that_no_operator_allows_it(
    services: Services, account_id: str, function_id: str, allow: Callable[..., None]
) -> None:
    allow("other.example.com", "*.acme.example.com")
    for host in (HOST, "acme.example.com", "a.other.example.com"):
        with pytest.raises(InvalidDocumentError) as refused:
            services.triggers.create(account_id, function_id, a_trigger(host))
        assert [each.path for each in refused.value.violations] == [("host",)]

    made = services.triggers.create(account_id, function_id, a_trigger("a.acme.example.com"))

    assert made.source == "//a.acme.example.com"


def test_a_host_that_another_account_has_stays_its_own(
    services: Services, published: Trigger, account_id: str
) -> None:
    other, _ = services.accounts.create_top("other")
    function = services.functions.create(other.id, {"name": "f", "function_js": "return 1"})
    with pytest.raises(InvalidDocumentError):  # before it learns whether the host is taken
        services.triggers.create(other.id, function.id, a_trigger())
    services.accounts.patch(other.id, {"http_hosts": [HOST]})

    with pytest.raises(SourceInUseError):
        services.triggers.create(other.id, function.id, a_trigger())

    assert services.triggers.fetch(account_id, published.function_id, published.id) == published


def test_a_trigger_keeps_its_host(services: Services, published: Trigger) -> None:
    ids = (published.account_id, published.function_id, published.id)
    for patch in ({"host": "b.example.com"}, {"host": None, "path": "shop"}):
        with pytest.raises(InvalidDocumentError):
            services.triggers.patch(*ids, patch)


@pytest.mark.parametrize("keys", [{"path": "shop"}, {"host": None}, {"host": 1}, {"host": "a"}])
def test_a_trigger_has_either_a_path_or_a_host(
    services: Services, account_id: str, function_id: str, keys: dict[str, Any]
) -> None:
    document = {key: value for key, value in a_trigger(**keys).items() if value is not None}

    with pytest.raises(InvalidDocumentError):
        services.triggers.create(account_id, function_id, document)


def test_a_key_host_that_a_trigger_with_a_path_had_before_it_meant_anything_means_nothing() -> None:
    trigger = Trigger("a" * 32, "f" * 32, "1" * 32, a_trigger(path="shop"), 1, 1)

    assert (trigger.host, trigger.source) == (None, f"/http/{'a' * 32}/shop")


def test_no_account_allows_itself_hosts_or_those_below_it(
    client: TestClient, services: Services, account_id: str, allow: Callable[..., None]
) -> None:
    url, hosts = f"/v2/accounts/{account_id}", {"http_hosts": ["*.example.com"]}
    answers = [
        client.patch(url, json={"data": hosts}),
        client.post(url, json={"data": {"name": "a", **hosts}}),
        client.put(url, json={"data": {"name": "below", **hosts}}),
    ]
    assert [each.status_code for each in answers] == [403, 403, 403]
    below = client.put(url, json={"data": {"name": "below"}}).json()["data"]["id"]
    assert client.patch(f"/v2/accounts/{below}", json={"data": hosts}).status_code == 403
    allow(HOST)

    assert client.post(url, json={"data": {"name": "renamed"}}).status_code == 200
    assert client.patch(url, json={"data": {"http_hosts": None}}).status_code == 200

    assert services.accounts.fetch(account_id).http_hosts == (HOST,)
    with pytest.raises(ForbiddenError):
        services.accounts.create(services.accounts.fetch(account_id), {"name": "x", **hosts})


def test_its_owner_is_shown_the_url(client: TestClient, published: Trigger) -> None:
    ids = f"{published.account_id}/functions/{published.function_id}/triggers/{published.id}"

    shown = client.get(f"/v2/accounts/{ids}").json()["data"]

    assert (shown["host"], shown["_read_only"]["url"]) == (HOST, f"https://{HOST}/")
