"""A server knows its clients by what its own proxies say, and by nothing that a client says."""

import base64
import hashlib
import hmac
import json
import uuid
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.support.servers import ONE_WORKER, Server, starting

# A login costs 35: an address has one, and for a long while no second one.
ONE_LOGIN = ("--bucket-tokens", "36", "--bucket-per-second", "1")
PROXY = ("--trusted-proxies", "127.0.0.1")
SECRET = "s" * 32
HANDS_BACK = """
return Response.json([call.url, call.headers.get('x-forwarded-for'), call.headers.get('forwarded')])
"""


@pytest.fixture(scope="module", params=[(), ("--processes", "2")], ids=["one", "two processes"])
def behind(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server behind a proxy, which the tests are."""
    with starting(tmp_path_factory.mktemp("behind")) as start:
        yield start(*ONE_WORKER, *ONE_LOGIN, *PROXY, *request.param)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that trusts another peer than the tests are."""
    with starting(tmp_path_factory.mktemp("before")) as start:
        yield start(*ONE_WORKER, *ONE_LOGIN, "--trusted-proxies", "10.0.0.0/8,::1")


def logs_in(server: Server, **headers: str) -> bool:
    """Return whether a client with a wrong key is refused for it, and not for its rate."""
    asked = {"data": {"api_key": "0" * 64}}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with server.client(Accept="*/*") as client:
        status = client.put("/v2/api_auth", json=asked, headers=named).status_code
    assert status in (404, 429)
    return status == 404


def address() -> str:
    """Return an address of a client that has not asked before."""
    return ".".join(map(str, (198, *uuid.uuid4().bytes[:3])))


def publish(server: Server) -> str:
    """Put a function behind a path of its own that anyone may ask, and return the path."""
    trigger = {"name": "n", "type": "http", "path": uuid.uuid4().hex, "auth": {"type": "none"}}
    function = server.create(HANDS_BACK)
    with server.client() as owner:
        made = owner.put(f"{server.functions_url(function)}/triggers", json={"data": trigger})
    url: str = made.raise_for_status().json()["data"]["_read_only"]["url"]
    return urlsplit(url).path


def asked(server: Server, path: str, **headers: str) -> list[str | None]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with server.client(Accept="*/*") as client:
        seen: list[str | None] = client.get(path, headers=named).raise_for_status().json()
    return seen


def test_each_client_behind_a_proxy_has_its_own_rate(behind: Server) -> None:
    first, second = address(), address()

    assert logs_in(behind, x_forwarded_for=first)
    assert not logs_in(behind, x_forwarded_for=first)
    assert logs_in(behind, x_forwarded_for=second)
    assert not logs_in(behind, forwarded=f'for="{second}:4711";proto=https')


@pytest.mark.parametrize("forged", ["192.0.2.9", "127.0.0.1", "unknown", '"', "_a", ","])
def test_what_a_client_behind_a_proxy_forges_says_nothing(behind: Server, forged: str) -> None:
    client = address()

    assert logs_in(behind, x_forwarded_for=f"{forged}, {client}")
    assert not logs_in(behind, x_forwarded_for=f"{address()}, {client}")
    assert not logs_in(behind, forwarded=f"for={forged}, for={client}")


def test_a_long_header_is_read_from_its_end(behind: Server) -> None:
    client = address()
    forged = ", ".join(["192.0.2.9"] * 5_000)

    assert logs_in(behind, x_forwarded_for=f"{forged}, {client}")
    assert not logs_in(behind, x_forwarded_for=client)


def test_what_a_peer_that_is_no_proxy_says_is_not_believed(before: Server) -> None:
    logs_in(before)

    assert not logs_in(before, x_forwarded_for=address())
    assert not logs_in(before, forwarded=f"for={address()}")
    assert not logs_in(before, x_real_ip=address())


def test_a_function_sees_the_url_that_its_client_asked(behind: Server) -> None:
    path, client = publish(behind), address()

    seen = asked(
        behind,
        path,
        x_forwarded_for=f"6.6.6.6, {client}",
        x_forwarded_proto="https",
        x_forwarded_host="outside.test",
        x_forwarded_port="8443",
    )
    standard = asked(behind, path, forwarded=f"for={client};proto=https;host=outside.test")

    assert seen == [f"https://outside.test:8443{path}", client, None]
    assert standard == [f"https://outside.test{path}", client, None]


def test_a_function_is_told_of_no_url_and_no_client_that_a_stranger_makes_up(
    before: Server,
) -> None:
    path = publish(before)

    seen = asked(
        before, path, x_forwarded_for="6.6.6.6", x_forwarded_proto="https", x_forwarded_host="evil"
    )

    assert seen == [before.credentials["url"] + path, None, None]


def test_both_kinds_of_headers_at_once_are_refused(behind: Server) -> None:
    headers = {"x-forwarded-for": address(), "forwarded": "for=6.6.6.6"}
    with behind.client(Accept="*/*") as client:
        answer = client.get("/healthz", headers=headers)

    assert answer.status_code == 400
    assert "it must remove what it does not write itself" in answer.text


@pytest.fixture(
    scope="module",
    params=[
        ((), {"host": "outside.test"}, "outside.test"),
        (PROXY, {"host": "inside", "x-forwarded-host": "outside.test"}, "outside.test"),
        (("--public-url", "https://outside.test/below"), {}, "outside.test/below"),
    ],
)
def outside(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, dict[str, str], str]]:
    """A server, the headers by which it is asked from outside, and its place there."""
    options, headers, place = request.param
    with starting(tmp_path_factory.mktemp("outside")) as start:
        yield start(*ONE_WORKER, *options), headers, place


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_signed_url_holds_by_either_scheme(
    outside: tuple[Server, dict[str, str], str], scheme: str
) -> None:
    server, headers, place = outside
    data = {"name": "n", "type": "webhook", "signature": "twilio", "secret": SECRET}
    with server.client() as owner:
        url = f"{server.functions_url(server.create('return 1'))}/triggers"
        made = owner.put(url, json={"data": data}).raise_for_status().json()["data"]
    path = made["_read_only"]["url"].partition("/webhooks/")[2]
    signed = f"{scheme}://{place}/webhooks/{path}Body1"
    digest = hmac.new(SECRET.encode(), signed.encode(), hashlib.sha1).digest()
    signature = {"x-twilio-signature": base64.b64encode(digest).decode(), **headers}

    with server.client(Accept="*/*") as twilio:
        answer = twilio.post(f"/webhooks/{path}", data={"Body": "1"}, headers=signature)

    assert answer.status_code == 202, json.dumps(answer.json())
