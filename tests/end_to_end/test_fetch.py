"""Functions reach a server of this machine, as their document and the operator allow it."""

import json
import re
import socket
from collections.abc import Callable, Iterator, Mapping
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest

from tests.support.echo_server import Echo, echoing
from tests.support.raw_servers import certificate_of, over_tls, serving
from tests.support.servers import ONE_WORKER, Server, starting
from tests.support.tenants import Tenant, tenant_of

Execute = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificate of ``localhost``, which the server trusts."""
    return certificate_of("localhost", tmp_path_factory.mktemp("tls") / "localhost.pem")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, certificate: Path) -> Iterator[Server]:
    """A server whose functions may reach this machine, and nothing else."""
    allowed = ("--private-fetch", "--net-allow", "127.0.0.1", "--net-allow", "localhost")
    with starting(tmp_path_factory.mktemp("data")) as start:
        yield start(*ONE_WORKER, *allowed, under=("env", f"SSL_CERT_FILE={certificate}"))


@pytest.fixture
def tenant(server: Server) -> Tenant:
    return tenant_of(server)


@pytest.fixture
def echo() -> Iterator[Echo]:
    with echoing() as echo:
        yield echo


@pytest.fixture
def execute(tenant: Tenant) -> Execute:
    """Make a function with more keys in its document, execute it, and return the execution."""

    def execute(source: str, data: Any = None, **document: Any) -> dict[str, Any]:
        with tenant.client() as client:
            functions = f"/v2/accounts/{tenant.account_id}/functions"
            whole = {"name": "n", "function_js": source, "record": "all", **document}
            made = client.put(functions, json={"data": whole})
            assert made.status_code == 201, made.text
            url = f"{functions}/{made.json()['data']['id']}"
            executed = client.post(f"{url}/execute", json={"data": data or {}})
            assert executed.status_code == 200, executed.text
            execution: dict[str, Any] = executed.json()["data"]
            record = client.get(f"{url}/executions/{execution['execution_id']}").json()["data"]
        assert record["fetches"] == execution["fetches"]
        assert record["usage"] == execution["usage"]
        return execution

    return execute


POST = """
const response = await fetch(call.url, {
  method: 'POST', headers: {'x-mine': 'yes', 'content-type': 'text/plain'}, body: call.text,
});
return {status: response.status, answer: await response.json()};
"""
REASON = """
try { await fetch(call.url); } catch (error) {
  return {name: error.name, message: error.message, code: error.cause.code};
}
"""


def test_a_function_reaches_a_host_that_its_document_names(execute: Execute, echo: Echo) -> None:
    call = {"url": f"{echo.url}/path?q=1#f", "text": "hello é"}

    execution = execute(POST, call, net={"allow": ["127.0.0.1"]})

    assert execution["outcome"] == "ok", execution
    answer = execution["result"]["answer"]
    assert (execution["result"]["status"], answer["method"], answer["path"]) == (
        200, "POST", "/path?q=1",
    )  # fmt: skip
    assert (answer["body"], answer["headers"]["x-mine"]) == ("hello é", "yes")
    [fetch] = execution["fetches"]
    assert (fetch["method"], fetch["host"], fetch["status"], fetch["error"]) == (
        "POST", echo.host, 200, None,
    )  # fmt: skip
    assert fetch["sent_bytes"] == len("hello é".encode())
    assert fetch["received_bytes"] > 0
    assert execution["usage"]["fetches"] == 1


@pytest.mark.parametrize("document", [{}, {"net": {"allow": []}}], ids=str)
def test_without_a_host_there_is_no_network(
    execute: Execute, echo: Echo, document: Mapping[str, Any]
) -> None:
    execution = execute(REASON, {"url": echo.url}, **document)

    assert execution["result"]["name"] == "TypeError"
    assert execution["result"]["code"] == "not_allowed"
    assert "net.allow" in execution["result"]["message"]
    assert echo.asked == []


def test_another_host_than_those_of_the_document_is_not_reached(
    execute: Execute, echo: Echo
) -> None:
    execution = execute(REASON, {"url": echo.url}, net={"allow": ["127.0.0.1:1", "api.example"]})

    assert execution["result"]["code"] == "not_allowed"
    assert echo.asked == []


def test_the_ceiling_of_the_installation_is_above_each_document(execute: Execute) -> None:
    execution = execute(REASON, {"url": "https://example.com/"}, net={"allow": ["example.com"]})

    assert execution["result"]["code"] == "not_allowed"


def test_the_ceiling_of_an_account_holds_from_the_next_execution_on(
    server: Server, tenant: Tenant, execute: Execute, echo: Echo
) -> None:
    url = f"/v2/accounts/{tenant.account_id}"
    assert execute(POST, {"url": echo.url}, net={"allow": ["127.0.0.1"]})["outcome"] == "ok"

    with server.client() as above:
        limited = above.patch(url, json={"data": {"net": {"allow": ["*.example.com"]}}})
    refused = execute(REASON, {"url": echo.url}, net={"allow": ["127.0.0.1"]})
    with tenant.client() as own:
        lifting = own.patch(url, json={"data": {"net": None}})
    again = execute(REASON, {"url": echo.url}, net={"allow": ["127.0.0.1"]})

    assert limited.status_code == 200
    assert refused["result"]["code"] == again["result"]["code"] == "not_allowed"
    assert lifting.json()["data"]["net"] == {"allow": ["*.example.com"]}
    assert len(echo.asked) == 1


def test_a_version_of_before_there_were_hosts_has_no_network(tenant: Tenant, echo: Echo) -> None:
    functions = f"/v2/accounts/{tenant.account_id}/functions"
    with tenant.client() as client:
        made = client.put(functions, json={"data": {"name": "n", "function_js": REASON}})
        url = f"{functions}/{made.json()['data']['id']}"
        client.put(f"{url}/versions", json={"data": {}})
        client.patch(url, json={"data": {"net": {"allow": ["127.0.0.1"]}}})
        executed = client.post(
            f"{url}/execute", params={"qualifier": "1"}, json={"data": {"url": echo.url}}
        )

    assert executed.json()["data"]["result"]["code"] == "not_allowed"
    assert echo.asked == []


def test_a_log_has_no_url(server: Server, execute: Execute, echo: Echo) -> None:
    execute(POST, {"url": f"{echo.url}/private?key=k"}, net={"allow": ["127.0.0.1"]})

    assert "private" not in "".join(server.output)


VALUE = "sk_live_of_an_account_51Hqs"


def put_secret(tenant: Tenant, name: str, **secret: Any) -> None:
    with tenant.client() as client:
        url = f"/v2/accounts/{tenant.account_id}/secrets/{name}"
        assert client.put(url, json={"data": {"value": VALUE, **secret}}).status_code in {200, 201}


@pytest.fixture
def secured(certificate: Path) -> Iterator[tuple[int, list[bytes]]]:
    """The port of a server with TLS that answers with what it was asked, and what it was asked."""
    asked: list[bytes] = []

    def echo(connection: socket.socket) -> None:
        with connection.makefile("rb") as stream:
            asked.append(b"".join(takewhile(b"\r\n".__ne__, stream)))
        head = f"HTTP/1.1 200 OK\r\nx-length: 1\r\ncontent-length: {len(asked[-1])}\r\n\r\n"
        connection.sendall(head.encode() + asked[-1])

    with serving(over_tls(certificate, echo)) as port:
        yield port, asked


AUTHORIZED = """
const authorization = `Bearer ${context.secrets.API_KEY}`;
const response = await fetch(call.url, {headers: {authorization}});
console.log(authorization);
return {shown: context.secrets.API_KEY, echoed: await response.text()};
"""


def test_a_bound_host_gets_the_value_of_a_secret_which_the_function_never_sees(
    server: Server, tenant: Tenant, execute: Execute, secured: tuple[int, list[bytes]]
) -> None:
    port, asked = secured
    put_secret(tenant, "API_KEY", hosts=["localhost"])

    execution = execute(
        AUTHORIZED,
        {"url": f"https://localhost:{port}/"},
        net={"allow": ["localhost"]},
        secrets=["API_KEY"],
    )

    assert execution["outcome"] == "ok", execution
    assert f"Bearer {VALUE}".encode() in asked[0]
    shown = execution["result"]["shown"]
    assert re.fullmatch("iso_secret_[0-9a-f]{32}", shown)
    assert "Bearer" in execution["result"]["echoed"]
    assert VALUE not in json.dumps(execution)
    assert VALUE not in "".join(server.output)


def test_another_host_gets_the_placeholder(tenant: Tenant, execute: Execute, echo: Echo) -> None:
    put_secret(tenant, "API_KEY", hosts=["localhost"])

    execution = execute(
        AUTHORIZED, {"url": echo.url}, net={"allow": ["127.0.0.1"]}, secrets=["API_KEY"]
    )

    shown = execution["result"]["shown"]
    assert echo.asked[0]["headers"]["authorization"] == f"Bearer {shown}"
    assert VALUE not in json.dumps(echo.asked)
