"""Hosts of functions' own on a real server: however a host is spelled, and whatever says it."""

import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support import commands
from tests.support.servers import ONE_WORKER, Server, starting
from tests.support.waiting import WAIT_S

HOST = "shop.example.com"
ECHO = "return Response.json([call.url, call.headers.get('host')])"
NONE = {"type": "none"}


def operate(server: Server, *words: str) -> str:
    done = commands.run("admin", *words, "--data-dir", server.data_dir)
    assert done.returncode == 0, done.stderr
    return done.stdout


def publish(server: Server, host: str) -> tuple[int, str]:
    """Ask for a trigger with a host, and return the status and the URL of the trigger."""
    url = f"{server.functions_url(server.create(ECHO))}/triggers"
    trigger = {"name": "n", "type": "http", "host": host, "auth": NONE}
    with server.client() as owner:
        made = owner.put(url, json={"data": trigger})
    return made.status_code, f"{url}/{made.json()['data'].get('id')}"


def raw(server: Server, head: str) -> tuple[int, bytes]:
    """Send a head as it is, and return the status and the body of the answer."""
    url = urlsplit(server.credentials["url"])
    with socket.create_connection((url.hostname, url.port), WAIT_S) as connection:
        connection.sendall(f"{head}\nConnection: close\n\n".replace("\n", "\r\n").encode("latin-1"))
        answer = b""
        while received := connection.recv(65_536):
            answer += received
    first, _, body = answer.partition(b"\r\n\r\n")
    return int(first.split(b" ", 2)[1]), body


def answers_of_function(server: Server, head: str) -> bool:
    """Return whether the function answers a request, and not the API's health."""
    status, body = raw(server, head)
    found: Any = json.loads(body)
    return status == 200 and isinstance(found, list)


@pytest.fixture(scope="module", params=[(), ("--processes", "2")], ids=["one", "two processes"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    with starting(tmp_path_factory.mktemp("hosts")) as start:
        hosts = ("--function-hosts", "*.example.com", "--trusted-proxies", "10.0.0.0/8")
        made = start(*ONE_WORKER, *hosts, *request.param)
        operate(
            made,
            "accounts",
            "hosts",
            made.credentials["account_id"],
            "--allow",
            "*.example.com",
        )
        assert publish(made, HOST)[0] == 201
        yield made


SPELLINGS = {
    "as it is": HOST,
    "in capitals": "SHOP.EXAMPLE.COM",
    "with a port": f"{HOST}:8787",
    "with a dot": f"{HOST}.",
    "with all of it": "Shop.Example.com.:80",
    "amid blanks": f"  {HOST} \t",
}


@pytest.mark.parametrize("host", SPELLINGS.values(), ids=SPELLINGS)
def test_a_host_is_the_functions_however_it_is_spelled(server: Server, host: str) -> None:
    assert answers_of_function(server, f"GET /healthz HTTP/1.1\nHost: {host}")


OTHERS = {
    "an address": "127.0.0.1",
    "the name above": "example.com",
    "a name beside": "shop.example.com.evil.example",
    "another before a user": f"{HOST}@127.0.0.1",
    "a name that ends alike": "shopexample.com",
    "nothing": "",
}


@pytest.mark.parametrize("host", OTHERS.values(), ids=OTHERS)
def test_another_host_is_no_functions(server: Server, host: str) -> None:
    assert not answers_of_function(server, f"GET /healthz HTTP/1.1\nHost: {host}")


@pytest.mark.parametrize(
    "head",
    [
        f"GET /healthz HTTP/1.1\nHost: {HOST}\nHost: 127.0.0.1",
        f"GET /healthz HTTP/1.1\nHost: 127.0.0.1\nHost: {HOST}",
        f"GET /healthz HTTP/1.1\nHost: {HOST}\nHost: {HOST}",
        f"GET /healthz HTTP/1.1\nHost: {HOST},127.0.0.1",
        f"GET /healthz HTTP/1.1\nHost: 127.0.0.1, {HOST}",
    ],
)
def test_what_does_not_name_one_host_is_refused(server: Server, head: str) -> None:
    assert raw(server, head)[0] == 400


@pytest.mark.parametrize(
    ("target", "host"), [(f"http://{HOST}/healthz", "127.0.0.1"), ("http://127.0.0.1/", HOST)]
)
def test_a_target_with_another_host_is_refused(server: Server, target: str, host: str) -> None:
    status, _ = raw(server, f"GET {target} HTTP/1.1\nHost: {host}")

    assert status in (400, 404)


@pytest.mark.parametrize(
    "header",
    [
        f"X-Forwarded-Host: {HOST}",
        f"Forwarded: host={HOST}",
        f"X-Host: {HOST}",
        f"X-Original-Host: {HOST}",
        f"X-Forwarded-Server: {HOST}",
        f"X-HTTP-Host-Override: {HOST}",
    ],
)
def test_no_header_of_a_stranger_names_another_host(server: Server, header: str) -> None:
    assert not answers_of_function(server, f"GET /healthz HTTP/1.1\nHost: 127.0.0.1\n{header}")
    away = header.replace(HOST, "127.0.0.1")
    assert answers_of_function(server, f"GET /healthz HTTP/1.1\nHost: {HOST}\n{away}")


@pytest.mark.parametrize("path", ["/v2/accounts", "/openapi.json", "/docs", "/http/a/b", "/mcp"])
@pytest.mark.parametrize("host", ["other.example.com", "a.b.example.com"])
def test_a_host_that_no_function_has_yet_answers_nothing(
    server: Server, host: str, path: str
) -> None:
    key = server.credentials["api_key"]

    status, body = raw(server, f"GET {path} HTTP/1.1\nHost: {host}\nX-Auth-Token: {key}")

    assert (status, json.loads(body)["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    "path", ["/../a", "/a/../b", "/a/%2e%2E/b", "/./a", "/a/..%2fb", "*", "//"]
)
def test_a_path_does_not_leave_its_host(server: Server, path: str) -> None:
    status, body = raw(server, f"GET {path} HTTP/1.1\nHost: {HOST}")

    if path == "//":  # an empty name within the path
        assert json.loads(body)[0] == f"http://{HOST}//"
    else:
        assert status in (400, 404)


def test_what_an_operator_takes_away_does_not_answer_the_very_next_request(server: Server) -> None:
    status, trigger = publish(server, "late.example.com")
    request = "GET / HTTP/1.1\nHost: late.example.com"
    assert (status, answers_of_function(server, request)) == (201, True)

    operate(server, "accounts", "hosts", server.credentials["account_id"], "--allow", HOST)
    assert raw(server, request)[0] == 404

    operate(
        server,
        "accounts",
        "hosts",
        server.credentials["account_id"],
        "--allow",
        "*.example.com",
    )
    assert answers_of_function(server, request)
    with server.client() as owner:
        owner.delete(trigger).raise_for_status()
    assert raw(server, request)[0] == 404

    assert publish(server, "late.example.com")[0] == 201
    assert answers_of_function(server, request)
