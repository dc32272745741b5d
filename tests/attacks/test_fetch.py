"""Functions, names and servers that attack by ``fetch``: each is refused, and each says why."""

import base64
import gzip
import socket
import ssl
import warnings
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import chain, repeat
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import urlsplit

import pytest
from typing_extensions import override

from isolambda_core.domain.endpoints import Endpoint
from isolambda_core.domain.executions.reach import GrantedSecret
from isolambda_core.domain.limits import (
    FETCH_BODY_BYTES,
    FETCH_CREDIT_BYTES,
    FETCHES,
    KIB,
    MIB,
)
from isolambda_core.net.cutoff import Cutoff
from isolambda_core.net.resolving import Found
from isolambda_executor.fetching.network import Network
from isolambda_executor.frames import BrokenPeerError
from tests.support.fetching import FetchingIsolate, HostileResolver, OneServer, fetching, found
from tests.support.raw_servers import (
    OK,
    Answering,
    AnsweringInTurn,
    Behaviour,
    certificate_of,
    over_tls,
    say_nothing,
    serving,
    trickle,
)
from tests.support.waiting import WAIT_S

SHORT_S = 0.3

# Addresses, in every spelling.

NOT_PUBLIC = {
    "127.0.0.1": "this machine",
    "127.0.0.1:9001": "Lambda's runtime API",
    "127.255.255.254": "this machine",
    "0.0.0.0": "unspecified",  # noqa: S104 - not bound to
    "10.0.0.1": "private",
    "172.16.0.1": "private",
    "192.168.1.1": "private",
    "100.64.0.1": "shared by carriers",
    "100.100.100.200": "metadata of Alibaba",
    "169.254.169.254": "metadata of AWS",
    "169.254.170.2": "credentials of ECS",
    "168.63.129.16": "Azure's own services",
    "192.0.0.192": "metadata of Oracle",
    "192.0.2.1": "documentation",
    "192.88.99.1": "relays to 6to4",
    "198.18.0.1": "benchmarks",
    "224.0.0.1": "multicast",
    "239.255.255.250": "multicast",
    "240.0.0.1": "reserved",
    "255.255.255.255": "broadcast",
    "[::]": "unspecified",
    "[::1]": "this machine",
    "[::127.0.0.1]": "compatible with IPv4",
    "[::ffff:127.0.0.1]": "mapped from IPv4",
    "[::ffff:7f00:1]": "mapped from IPv4",
    "[::ffff:169.254.169.254]": "mapped from IPv4",
    "[0:0:0:0:0:ffff:a9fe:a9fe]": "mapped from IPv4, at length",
    "[64:ff9b::169.254.169.254]": "NAT64",
    "[64:ff9b:1::8.8.8.8]": "NAT64 of a network's own",
    "[2002:7f00:1::]": "6to4",
    "[2001::1]": "Teredo",
    "[2001:db8::1]": "documentation",
    "[fc00::1]": "unique local",
    "[fd00:ec2::254]": "metadata of AWS over IPv6",
    "[fe80::1]": "link-local",
    "[fec0::1]": "site-local",
    "[ff02::1]": "multicast",
    "127.0.0.1.": "this machine, with a dot",
    "[::FFFF:10.0.0.1]": "mapped from IPv4, in capitals",
}


@pytest.mark.parametrize("host", NOT_PUBLIC, ids=list(NOT_PUBLIC.values()))
def test_no_address_that_is_not_public_is_reached_even_if_it_is_allowed(host: str) -> None:
    with fetching(host, network=Network()) as isolate:
        answer = isolate.fetch(f"http://{host}/")

    assert answer.error["code"] == "private_address"
    assert answer.error["message"].endswith("has an address that is not public")


@pytest.mark.parametrize(
    "host",
    [
        "127.1",
        "127.0.1",
        "0x7f000001",
        "0X7F.0.0.1",
        "0x7f.1",
        "0177.0.0.1",
        "017700000001",
        "2130706433",
        "2852039166",
        "0",
        "0x0",
        "127.0.0.01",
        "127.0.0.256",
        "1.2.3.4.5",
        "api.0x1",
        "[fe80::1%25lo]",
        "[::1%lo]",
        "[1::2::3]",
        "[127.0.0.1]",
        "[::1",
        "::1",
        "127.0.0.1%00.api.test",
    ],
)
def test_an_address_has_one_spelling(host: str) -> None:
    resolver = HostileResolver(["127.0.0.1"])

    with fetching("api.test", network=Network(resolve=resolver)) as isolate:
        answer = isolate.fetch(f"http://{host}/")

    assert answer.error["code"] == "invalid_url"
    assert resolver.asked == []


@pytest.mark.parametrize("host", ["8.8.8.8", "[2606:4700::1111]", "[::ffff:8.8.8.8]"])
def test_no_pattern_of_names_allows_an_address(host: str) -> None:
    with fetching("*.test", "*.8.8.8", network=Network()) as isolate:
        answer = isolate.fetch(f"https://{host}/")

    assert answer.error["code"] == "not_allowed"


# Names.


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["169.254.169.254"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["fe80::1%lo"],
        ["8.8.8.8", "10.0.0.1"],
        ["10.0.0.1", "8.8.8.8"],
        ["2606:4700::1111", "fd00::1"],
        ["8.8.8.8"] * 8 + ["127.0.0.1"],
    ],
)
@pytest.mark.parametrize("name", ["api.test", "localhost", "127.0.0.1.nip.test"])
def test_one_address_of_a_name_that_is_not_public_is_enough(
    name: str, addresses: list[str]
) -> None:
    resolver = HostileResolver(addresses)

    with fetching(name, network=Network(resolve=resolver)) as isolate:
        answer = isolate.fetch(f"https://{name}/")

    assert answer.error["code"] == "private_address"
    assert resolver.asked == [name]


def test_a_name_that_changes_its_address_is_looked_at_before_each_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resolver = HostileResolver(["127.0.0.1"], ["127.0.0.2"])
    monkeypatch.setattr(
        "isolambda_core.net.resolving.is_public", lambda address: address == "127.0.0.1"
    )
    there = Answering(b"HTTP/1.1 302 Go\r\nlocation: /again\r\ncontent-length: 0\r\n\r\n")

    with (
        serving(there) as port,
        fetching("rebinding.test", network=Network(resolve=resolver)) as isolate,
    ):
        answer = isolate.fetch(f"http://rebinding.test:{port}/")

    assert answer.error["code"] == "private_address"
    assert (len(resolver.asked), len(there.requests)) == (2, 1)


def test_a_name_is_looked_up_once_for_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    resolver = HostileResolver(["127.0.0.1"], ["127.0.0.2"])
    monkeypatch.setattr(
        "isolambda_core.net.resolving.is_public", lambda address: address == "127.0.0.1"
    )

    with (
        serving(Answering()) as port,
        fetching("rebinding.test", network=Network(resolve=resolver)) as isolate,
    ):
        answer = isolate.fetch(f"http://rebinding.test:{port}/")

    assert (answer.head["status"], resolver.asked) == (200, ["rebinding.test"])


def test_a_name_server_that_does_not_answer_is_left_at_the_deadline() -> None:
    given_up = Event()

    def resolve(*_: object, **__: object) -> Any:
        given_up.wait()
        return []

    with fetching("api.test", network=Network(resolve=resolve), wall_s=SHORT_S) as isolate:
        answer = isolate.fetch("https://api.test/")
        given_up.set()

    assert answer.error["code"] == "timeout"


@pytest.mark.parametrize(
    ("allowed", "url"),
    [
        ("api.test", "https://notapi.test/"),
        ("api.test", "https://api.test.evil.test/"),
        ("api.test", "https://below.api.test/"),
        ("api.test", "https://api-test/"),
        ("api.test", "https://apixtest/"),
        ("*.api.test", "https://api.test/"),
        ("*.api.test", "https://evilapi.test/"),
        ("api.test:443", "https://api.test:8443/"),
        ("api.test:443", "http://api.test/"),
        ("api.test", "https://xn--pi-7kc.test/"),
        ("api.test", "https://evil.test/?https://api.test/"),
        ("api.test", "https://evil.test/#@api.test/"),
        ("*", "https://api.test/"),
        ("", "https://api.test/"),
    ],
)
def test_what_the_document_does_not_name_is_not_reached(allowed: str, url: str) -> None:
    resolver = HostileResolver(["8.8.8.8"])

    with fetching(allowed, network=Network(resolve=resolver)) as isolate:
        answer = isolate.fetch(url)

    assert answer.error["code"] == "not_allowed"
    assert resolver.asked == []


def test_without_net_there_is_no_network_and_the_error_says_what_to_add() -> None:
    with fetching() as isolate:
        answer = isolate.fetch("https://api.test/")

    assert answer.error == {
        "code": "not_allowed",
        "message": 'fetch may not reach api.test: add "api.test" to net.allow',
    }


def test_a_ceiling_is_above_the_document() -> None:
    with fetching("api.test", ceilings=[["*.example"]]) as isolate:
        answer = isolate.fetch("https://api.test/")

    message = "fetch may not reach api.test: what operators allow leaves it out"
    assert answer.error == {"code": "not_allowed", "message": message}


# URLs.


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.test",
        "//api.test/",
        "https:api.test/",
        "https:///api.test/",
        "ftp://api.test/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:text/plain,1",
        "gopher://api.test:25/_HELO",
        "unix:/run/docker.sock",
        "https://user@api.test/",
        "https://user:password@api.test/",
        "https://api.test@evil.test/",
        "https://@api.test/",
        "https://api.test\\@evil.test/",
        "https:\\\\api.test/",
        "https://api.test\t.evil.test/",
        "ht\ttps://api.test/",
        " https://api.test/",
        "https://api.test/\r\nx: y",
        "https://api.test/ HTTP/1.1\r\nhost: evil.test\r\n\r\n",
        "https://api.test/\0",
        "https://api.test/\x7f",
        "https://\u0430pi.test/",
        "https://api\u3002test/",
        "https://\uff41pi.test/",
        "https://api.test:0/",
        "https://api.test:65536/",
        "https://api.test:-1/",
        "https://api.test:44 3/",
        "https://api.test:\u0661/",
        "https://api.test:443:443/",
        "https://a%70i.test/",
        "https://api..test/",
        "https://.api.test/",
        "https://-api.test/",
        f"https://{'a' * 64}.test/",
        f"https://{'a.' * 127}test/",
    ],
)
def test_a_url_that_could_be_read_in_two_ways_is_none(url: str) -> None:
    resolver = HostileResolver(["8.8.8.8"])

    with fetching("api.test", "*.test", network=Network(resolve=resolver)) as isolate:
        answer = isolate.fetch(url)

    assert answer.error["code"] == "invalid_url"
    assert resolver.asked == []


# Redirects.


def redirect_to(location: str, status: int = 302) -> bytes:
    head = f"HTTP/1.1 {status} Go\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n"
    return head.encode("latin-1")


@pytest.mark.parametrize(
    ("location", "code"),
    [
        ("http://169.254.169.254/latest/meta-data/", "private_address"),
        ("http://127.0.0.1:9001/2018-06-01/runtime/invocation/next", "private_address"),
        ("//127.0.0.1/", "private_address"),
        ("http://[::1]/", "private_address"),
        ("http://[::ffff:169.254.169.254]/", "private_address"),
        ("http://localhost/", "private_address"),
        ("http://127.1/", "invalid_url"),
        ("http://2130706433/", "invalid_url"),
        ("http://evil.test/", "not_allowed"),
        ("//evil.test/", "not_allowed"),
        ("file:///etc/passwd", "invalid_url"),
        ("ftp://api.test/", "invalid_url"),
        ("javascript:alert(1)", "invalid_url"),
        ("data:text/html,hello", "invalid_url"),
        ("http://user@api.test/", "invalid_url"),
        ("http://api.test\\@evil.test/", "invalid_url"),
        ("/\\evil.test/", "invalid_url"),
        ("\\\\evil.test/", "invalid_url"),
        ("http://api.test/a b", "invalid_url"),
        ("http://api.test/a\tb", "invalid_url"),
        ("http://[api.test/", "invalid_url"),
        ("///evil.test/", "invalid_url"),
        ("http:///evil.test/", "invalid_url"),
    ],
)
def test_a_redirect_leads_no_further_than_a_request(location: str, code: str) -> None:
    allowed = ["api.test", "127.0.0.1", "169.254.169.254", "[::1]", "[::ffff:a9fe:a9fe]"]

    with (
        serving(Answering(redirect_to(location))) as port,
        fetching(*allowed, "localhost", network=OneServer()) as isolate,
    ):
        answer = isolate.fetch(f"http://api.test:{port}/")

    assert (answer.error["code"], answer.head) == (code, {})


def test_two_places_are_no_redirect() -> None:
    there = redirect_to("/one\r\nlocation: /two")

    assert error_of(Answering(there)) == {
        "code": "protocol",
        "message": "the answer redirects to more than one place",
    }


def test_a_loop_of_redirects_ends() -> None:
    there = Answering(redirect_to("/again"))

    error = error_of(there)

    assert (error["code"], error["limit"], error["value"]) == ("redirects", "fetch_redirects", 5)
    assert len(there.requests) == 6


def test_redirects_count_as_requests() -> None:
    with (
        serving(Answering(redirect_to("/again"))) as port,
        fetching("api.test", network=OneServer()) as isolate,
    ):
        codes = [isolate.fetch(f"http://api.test:{port}/").error["code"] for _ in range(10)]
        records = isolate.close()

    assert codes == ["redirects"] * 8 + ["exceeded_fetch"] * 2
    assert len(records) == FETCHES


# Requests.


def error_of(behaviour: Behaviour, *args: Any, wall_s: float = WAIT_S, **kwargs: Any) -> Any:
    """Fetch from a server that behaves so, and return the error."""
    with (
        serving(behaviour) as port,
        fetching("api.test", network=OneServer(), wall_s=wall_s) as isolate,
    ):
        return isolate.fetch(f"http://api.test:{port}/", *args, **kwargs).error


@pytest.mark.parametrize(
    "header",
    [
        ("a\r\nb", "1"),
        ("a b", "1"),
        ("a:b", "1"),
        ("a\0", "1"),
        ("", "1"),
        ("\xe9", "1"),
        ("a", "1\r\nb: 2"),
        ("a", "1\nb: 2"),
        ("a", "1\r"),
        ("a", "\0"),
        ("a", "\x7f"),
        ("a", "\u0100"),
        ("a", "1\r\n\r\nGET /smuggled HTTP/1.1"),
    ],
)
def test_no_header_is_more_than_one(header: tuple[str, str]) -> None:
    there = Answering()

    error = error_of(there, headers=[header])

    assert error["code"] == "refused"
    assert error["message"] == f"the header {header[0].lower()!r} cannot be sent"
    assert there.requests == []


@pytest.mark.parametrize(
    "method",
    ["CONNECT", "connect", "TRACE", "TRACK", "", "GET /", "GET\r\nx: y", "G\0T", "\xe9", "A" * 33],
)
def test_no_method_does_more_than_ask(method: str) -> None:
    there = Answering()

    assert error_of(there, method)["code"] == "refused"
    assert there.requests == []


def test_what_is_ours_to_say_is_not_the_functions() -> None:
    there = Answering(body_bytes=4)
    names = [
        *("host", "content-length", "transfer-encoding", "connection", "keep-alive", "te"),
        *("trailer", "upgrade", "expect", "via", "forwarded", "x-forwarded-for", "x-amzn-trace-id"),
        *("proxy-authorization", "proxy-connection", "http2-settings", "isolambda-function"),
        *(
            "CDN-Loop",
            "cdn_loop",
            "Host",
            "X-Forwarded-Host",
            "content_length",
            "x_forwarded_for",
            "transfer_encoding",
        ),
    ]

    with serving(there) as port, fetching("api.test", network=OneServer()) as isolate:
        isolate.fetch(f"http://api.test:{port}/", "POST", [(name, "7") for name in names], b"body")

    assert there.requests[0].split(b"\r\n") == [
        b"POST / HTTP/1.1",
        f"host: api.test:{port}".encode(),
        b"accept: */*",
        b"accept-encoding: gzip, deflate, br",
        b"user-agent: isolambda",
        b"isolambda-function: " + b"f" * 32,
        b"cdn-loop: isolambda; hops=1",
        b"content-length: 4",
        b"",
        b"body",
    ]


@pytest.mark.parametrize(
    ("kwargs", "limit"),
    [
        ({"headers": [("a", "b" * 70_000)]}, "fetch_head_bytes"),
        ({"headers": [(f"a{number}", "b") for number in range(300)]}, "fetch_headers"),
        ({"method": "POST", "body": bytes(FETCH_BODY_BYTES + 1)}, "fetch_body_bytes"),
    ],
)
def test_a_request_has_its_limits_too(kwargs: dict[str, Any], limit: str) -> None:
    error = error_of(Answering(), **kwargs)

    assert (error["code"], error["limit"]) == ("too_large", limit)
    assert error["used"] > error["value"]


def test_a_function_that_fetches_without_end_is_refused() -> None:
    with fetching() as isolate:
        codes = [isolate.fetch("https://api.test/").error for _ in range(FETCHES + 5)]

    assert [error["code"] for error in codes] == ["not_allowed"] * FETCHES + ["exceeded_fetch"] * 5
    assert codes[FETCHES] == {
        "code": "exceeded_fetch",
        "message": "too many requests of one execution: the limit fetches is 50, and 51 were used",
        "limit": "fetches",
        "value": 50,
        "used": 51,
    }


# Servers.

CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        pytest.param(b"just a body\n", "protocol", id="HTTP/0.9"),
        pytest.param(b"SSH-2.0-server\r\n", "protocol", id="another protocol"),
        pytest.param(b"HTTP/1.1 99 No\r\n\r\n", "protocol", id="status of two digits"),
        pytest.param(b"HTTP/1.1 101 Go\r\nupgrade: x\r\n\r\n", "protocol", id="switches"),
        pytest.param(b"HTTP/1.1 100 Go\r\n\r\n" * 5_000, "too_large", id="endless interim answers"),
        pytest.param(b"HTTP/1.1 200 OK\r\na: " + b"b" * 70_000, "too_large", id="giant head"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 300 + b"\r\n", "too_large", id="many headers"
        ),
        pytest.param(b"HTTP/1.1 200 OK\r\na: 1\r\n b: 2\r\n\r\n", "protocol", id="folded header"),
        pytest.param(b"HTTP/1.1 200 OK\r\na: 1\n\r\n\r\n", "protocol", id="line without CR"),
        pytest.param(b"HTTP/1.1 200 OK\r\na : 1\r\n\r\n", "protocol", id="space before a colon"),
        pytest.param(b"HTTP/1.1 200 OK\r\na: \0\r\n\r\n", "protocol", id="NUL in a value"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
            "protocol",
            id="two lengths",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
            "protocol",
            id="a length and chunks",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked, identity\r\n\r\n",
            "protocol",
            id="a coding that is not chunked",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n", "protocol", id="negative length"
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n", "too_large", id="announced"
        ),
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhi", "protocol", id="too short"),
        pytest.param(CHUNKED + b"-1\r\n", "protocol", id="negative chunk"),
        pytest.param(CHUNKED + b"ffffffffff\r\n", "protocol", id="chunk of a terabyte"),
        pytest.param(CHUNKED + b"ffffffff\r\n", "too_large", id="chunk of 4 GiB"),
        pytest.param(CHUNKED + b"1;" + b"a" * 70_000, "protocol", id="endless extension"),
        pytest.param(CHUNKED + b"1\r\na\r\n" * 2_000, "protocol", id="many small chunks"),
        pytest.param(CHUNKED + b"1\r\nab\r\n", "protocol", id="chunk that does not end"),
        pytest.param(CHUNKED + b"0\r\n" + b"a: b\r\n" * 9_000, "too_large", id="endless trailer"),
        pytest.param(b"", "connect", id="closes at once"),
        pytest.param(b"HTTP/1.1 200 OK\r\n", "protocol", id="closes within its head"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\nno gzip", "protocol", id="no gzip"
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n" + gzip.compress(bytes(11 * MIB)),
            "too_large",
            id="bomb",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip, gzip\r\n\r\n"
            + gzip.compress(gzip.compress(bytes(64 * MIB), 9), 9),
            "too_large",
            id="bomb within a bomb",
        ),
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(11 * MIB), "too_large", id="endless body"),
    ],
)
def test_a_hostile_answer_is_an_error_that_says_why(answer: bytes, code: str) -> None:
    error = error_of(Answering(answer))

    assert error["code"] == code
    assert "api.test" in error["message"]
    if code == "too_large":
        assert error["used"] >= error["value"]


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(say_nothing, id="says nothing"),
        pytest.param(trickle(chain(b"HTTP/1.1 200 ", repeat(120))), id="drips its status"),
        pytest.param(trickle(chain(b"HTTP/1.1 200 OK\r\na: ", repeat(120))), id="drips its head"),
        pytest.param(trickle(chain(b"HTTP/1.1 200 OK\r\n\r\n", repeat(120))), id="drips its body"),
        pytest.param(trickle(chain(CHUNKED, b"fffff\r\n", repeat(120))), id="drips a chunk"),
        pytest.param(trickle(chain(CHUNKED, b"1;", repeat(120))), id="drips an extension"),
    ],
)
def test_a_slow_server_is_left_at_the_deadline(behaviour: Behaviour) -> None:
    assert error_of(behaviour, wall_s=SHORT_S)["code"] == "timeout"


def test_an_execution_that_ends_leaves_a_slow_server_at_once() -> None:
    there, gone = Event(), Event()

    def wait(connection: socket.socket) -> None:
        connection.recv(1)
        there.set()
        say_nothing(connection)
        gone.set()

    with serving(wait) as port, fetching("api.test", network=OneServer()) as isolate:
        isolate.begin(f"http://api.test:{port}/")
        assert there.wait(WAIT_S)
        (record,) = isolate.close()
        assert gone.wait(WAIT_S)

    assert (record.host, record.status, record.error) == (f"api.test:{port}", None, "aborted")


# TLS and secrets.


class Names(Network):
    """Names that are this machine, each on a port of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.ports: dict[str, int] = {}
        self.plain: int | None = None
        """The port of all of them for requests in plain text, where that is another."""

    @override
    def _addresses(self, _account: str, endpoint: Endpoint, _cutoff: Cutoff) -> Sequence[Found]:
        port = self.ports[endpoint.host] if endpoint.secure else self.plain
        return found("127.0.0.1", port=port or self.ports[endpoint.host])


class KeptOpen(Network):
    """A network that others use after the execution."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.leased = network.leased  # type: ignore[method-assign]


SECRET = GrantedSecret("KEY", "iso_secret_" + "0" * 32, "s3cr3t-value-of-a-key", ("api.test",))


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A certificate of api.test that this process takes for good."""
    certificate = certificate_of("api.test", tmp_path / "trusted.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    return certificate


@pytest.fixture
def names() -> Names:
    return Names()


@pytest.fixture
def isolate(names: Names) -> Iterator[FetchingIsolate]:
    with fetching("api.test", "other.test", network=names, secrets=[SECRET]) as isolate:
        yield isolate


VALUE, PLACEHOLDER = SECRET.value, SECRET.placeholder


@contextmanager
def https(names: Names, behaviour: Behaviour, certificate: Path) -> Iterator[None]:
    """Be api.test, over TLS."""
    with serving(over_tls(certificate, behaviour)) as names.ports["api.test"]:
        yield


def test_a_secret_goes_to_its_host_over_https_in_headers_query_and_body(
    isolate: FetchingIsolate, names: Names, trusted: Path
) -> None:
    there = Answering(body_bytes=len(VALUE) + 2)

    with https(names, there, trusted):
        body = f'"{PLACEHOLDER}"'.encode()
        headers = [("authorization", f"Bearer {PLACEHOLDER}")]
        answer = isolate.fetch(
            f"https://api.test/{PLACEHOLDER}?k={PLACEHOLDER}", "POST", headers, body
        )

    head, _, body = there.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(f"POST /{PLACEHOLDER}?k={VALUE} HTTP/1.1\r\n".encode())
    assert f"\r\nauthorization: Bearer {VALUE}\r\n".encode() in head
    assert body == f'"{VALUE}"'.encode()
    assert PLACEHOLDER in answer.head["url"]
    assert VALUE not in str(answer)


NOT_PLACES: dict[str, tuple[str, dict[str, Any], str | None]] = {
    "a path": (f"https://api.test/{PLACEHOLDER}/b", {}, None),
    "a fragment": (f"https://api.test/#{PLACEHOLDER}", {}, None),
    "a method": ("https://api.test/", {"method": PLACEHOLDER}, "refused"),
    "a shorter method": ("https://api.test/", {"method": PLACEHOLDER[:32]}, None),
    "a header's name": ("https://api.test/", {"headers": [(PLACEHOLDER, "1")]}, None),
    "the header host": ("https://api.test/", {"headers": [("host", PLACEHOLDER)]}, None),
    "a header of ours": ("https://api.test/", {"headers": [("x-amzn-a", PLACEHOLDER)]}, None),
    "a user": (f"https://{PLACEHOLDER}@api.test/", {}, "invalid_url"),
    "a password": (f"https://user:{PLACEHOLDER}@api.test/", {}, "invalid_url"),
    "a host": (f"https://{PLACEHOLDER}.api.test/", {}, "not_allowed"),
    "a port": (f"https://api.test:{PLACEHOLDER}/", {}, "invalid_url"),
    "a query of a fragment": (f"https://api.test/#?k={PLACEHOLDER}", {}, None),
    "a path behind an encoded mark": (f"https://api.test/%3Fk={PLACEHOLDER}", {}, None),
}


@pytest.mark.parametrize(("url", "asked", "code"), NOT_PLACES.values(), ids=NOT_PLACES)
def test_a_secret_takes_no_other_place(
    isolate: FetchingIsolate,
    names: Names,
    trusted: Path,
    url: str,
    asked: dict[str, Any],
    code: str | None,
) -> None:
    there = Answering()

    with https(names, there, trusted):
        answer = isolate.fetch(url, **asked)

    assert answer.error.get("code") == code
    assert len(there.requests) == (code is None)
    assert VALUE.encode() not in b"".join(there.requests)
    assert VALUE not in str(answer)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_secret_goes_to_no_other_host_and_never_in_plain_text(
    isolate: FetchingIsolate,
    names: Names,
    scheme: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    certificate = certificate_of("other.test", tmp_path / "other.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    there = Answering(body_bytes=len(PLACEHOLDER))
    host, behaviour = {
        "http": ("api.test", there),
        "https": ("other.test", over_tls(certificate, there)),
    }[scheme]

    with serving(behaviour) as names.ports[host]:  # type: ignore[arg-type]
        headers = [("authorization", PLACEHOLDER)]
        url = f"{scheme}://{host}/?k={PLACEHOLDER}"
        answer = isolate.fetch(url, "POST", headers, PLACEHOLDER.encode())

    assert answer.error == {}
    assert there.requests[0].count(PLACEHOLDER.encode()) == 3
    assert VALUE.encode() not in there.requests[0]


def test_a_secret_that_comes_back_is_masked(
    isolate: FetchingIsolate, names: Names, trusted: Path
) -> None:
    echo = VALUE.encode()
    there = Answering(
        b"HTTP/1.1 200 %b\r\nx-echo: %b\r\ncontent-encoding: gzip\r\n\r\n" % (echo, echo)
        + gzip.compress(b"a" * (64 * KIB - 5) + echo + base64.b64encode(echo))
    )

    with https(names, there, trusted):
        answer = isolate.fetch("https://api.test/")

    assert answer.head["statusText"] == answer.headers["x-echo"] == PLACEHOLDER
    assert PLACEHOLDER.encode() in answer.body
    for form in (echo, base64.b64encode(echo)):
        assert form not in answer.body


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_credentials_are_left_behind_where_a_redirect_leads_elsewhere(
    isolate: FetchingIsolate, names: Names, trusted: Path, status: int
) -> None:
    elsewhere = Answering()
    headers = [
        *(("authorization", "mine"), ("cookie", "a=b"), ("x-key", PLACEHOLDER), ("x-other", "1")),
    ]

    with serving(elsewhere) as names.ports["other.test"]:
        there = Answering(redirect_to(f"http://other.test/?k={VALUE}", status))
        with https(names, there, trusted):
            answer = isolate.fetch("https://api.test/", headers=headers)

    assert b"x-key: " + VALUE.encode() in there.requests[0]
    (request,) = elsewhere.requests
    assert b"x-other: 1" in request
    for left in (b"authorization", b"cookie", b"x-key", VALUE.encode()):
        assert left not in request
    assert answer.head["redirected"]
    assert answer.head["url"] == f"http://other.test/?k={PLACEHOLDER}"


@pytest.mark.parametrize("status", [302, 307])
@pytest.mark.parametrize(
    "location",
    [
        "http://api.test/",
        "https://api.test:444/",
        "https://below.api.test/",
        f"https://below.api.test/?k={PLACEHOLDER}",
        f"https://api.test:444/?k={PLACEHOLDER}",
    ],
)
def test_a_secret_follows_no_redirect_to_another_origin(
    names: Names, trusted: Path, tmp_path: Path, location: str, status: int
) -> None:
    below = certificate_of("below.api.test", tmp_path / "below.pem")
    trusted.write_bytes(trusted.read_bytes() + below.read_bytes())
    secret = replace(SECRET, hosts=("api.test", "*.api.test"))
    there = AnsweringInTurn([redirect_to(location, status), OK])
    name = urlsplit(location).hostname or ""
    is_plain = location.startswith("http:")
    elsewhere = Answering() if name != "api.test" or is_plain else there

    with (
        serving(over_tls(trusted, there)) as first,
        serving(elsewhere if is_plain else over_tls(below, elsewhere)) as second,
        fetching("api.test", "*.api.test", network=names, secrets=[secret]) as isolate,
    ):
        names.ports |= {"api.test": first, "below.api.test": second}
        names.plain = second
        headers = [("authorization", PLACEHOLDER), ("x-key", PLACEHOLDER)]
        answer = isolate.fetch(f"https://api.test/?k={PLACEHOLDER}", headers=headers)

    assert answer.error == {}
    requests = there.requests if elsewhere is there else [*there.requests, *elsewhere.requests]
    assert [VALUE.encode() in request for request in requests] == [True, False]
    for left in (b"authorization", b"x-key"):
        assert left not in requests[1]
    assert (PLACEHOLDER.encode() in requests[1]) == (PLACEHOLDER in location)


def test_a_secret_does_not_come_back_with_a_redirect_to_where_it_was(
    isolate: FetchingIsolate, names: Names, trusted: Path
) -> None:
    back = Answering(redirect_to(f"https://api.test/back?k={PLACEHOLDER}"))
    there = AnsweringInTurn([redirect_to("http://other.test/"), OK])

    with serving(back) as names.ports["other.test"], https(names, there, trusted):
        answer = isolate.fetch("https://api.test/", headers=[("x-key", PLACEHOLDER)])

    assert answer.head["url"] == f"https://api.test/back?k={PLACEHOLDER}"
    assert [VALUE.encode() in request for request in there.requests] == [True, False]


ECHOES = {
    "a trailer": CHUNKED + b"1\r\na\r\n0\r\nx-echo: %b\r\n\r\n",
    "an extension of a chunk": CHUNKED + b"1;echo=%b\r\na\r\n0\r\n\r\n",
    "early hints": b"HTTP/1.1 103 %b\r\nlink: %b\r\n\r\n" + OK,
    "the name of a header": b"HTTP/1.1 200 OK\r\n%b: a\r\ncontent-length: 0\r\n\r\n",
    "a cookie": b"HTTP/1.1 200 OK\r\nset-cookie: a=%b\r\ncontent-length: 0\r\n\r\n",
    "what is no head": b"HTTP/1.1 200 OK\r\n%b\r\n\r\n",
    "what is no status": b"%b",
    "a coding": b"HTTP/1.1 200 OK\r\ncontent-encoding: %b\r\ncontent-length: 0\r\n\r\n",
    "a place that is none": b"HTTP/1.1 302 Go\r\nlocation: %b<>|\r\ncontent-length: 0\r\n\r\n",
    "a place elsewhere": b"HTTP/1.1 302 Go\r\nlocation: https://%b/\r\ncontent-length: 0\r\n\r\n",
}
"""Answers that repeat a value, whose letters are small."""


@pytest.mark.parametrize("echo", ECHOES.values(), ids=ECHOES)
def test_nothing_of_an_answer_or_an_error_has_the_value(
    isolate: FetchingIsolate, names: Names, trusted: Path, echo: bytes
) -> None:
    there = Answering(echo.replace(b"%b", VALUE.encode()))

    with https(names, there, trusted):
        answer = isolate.fetch("https://api.test/", headers=[("x-key", PLACEHOLDER)])
        (*records,) = isolate.close()

    assert VALUE.encode() in there.requests[0]
    assert VALUE not in f"{answer} {records}"


def test_credentials_stay_where_a_redirect_does(
    isolate: FetchingIsolate, names: Names, trusted: Path
) -> None:
    there = AnsweringInTurn([redirect_to("/again"), OK])

    with https(names, there, trusted):
        isolate.fetch("https://api.test/", headers=[("authorization", PLACEHOLDER)])

    assert [VALUE.encode() in request for request in there.requests] == [True, True]


def test_a_secret_that_ends_a_line_is_no_header(names: Names, trusted: Path) -> None:
    there = Answering()
    broken = GrantedSecret("KEY", PLACEHOLDER, "1\r\nx: y", ("api.test",))

    with (
        https(names, there, trusted),
        fetching("api.test", network=names, secrets=[broken]) as isolate,
    ):
        answer = isolate.fetch("https://api.test/", headers=[("x-key", PLACEHOLDER)])

    assert answer.error == {"code": "refused", "message": "the header 'x-key' cannot be sent"}
    assert b"GET" not in b"".join(there.requests)


@pytest.mark.parametrize(
    ("name", "reason"), [("other.test", "hostname mismatch"), ("api.test", "self-signed")]
)
@pytest.mark.usefixtures("trusted")
def test_a_certificate_is_good_for_its_host_alone(
    isolate: FetchingIsolate, names: Names, tmp_path: Path, name: str, reason: str
) -> None:
    there = Answering()
    certificate = certificate_of(name, tmp_path / "other.pem")

    with https(names, there, certificate):
        error = isolate.fetch("https://api.test/").error

    assert error["code"] == "tls"
    assert reason in error["message"].lower() or "self-signed" in error["message"]
    assert there.requests == []


def test_an_answer_that_ends_with_the_connection_and_not_with_tls_was_cut_short(
    isolate: FetchingIsolate, names: Names, trusted: Path
) -> None:
    with https(names, Answering(b"HTTP/1.1 200 OK\r\n\r\nhalf of an ans"), trusted):
        answer = isolate.fetch("https://api.test/")

    message = "api.test closed the connection within its answer"
    assert b"half of an ans".startswith(answer.body)
    assert (answer.error["code"], answer.error["message"]) == ("protocol", message)


def test_old_tls_is_refused(isolate: FetchingIsolate, names: Names, trusted: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted)
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1

    def behave(connection: socket.socket) -> None:
        context.wrap_socket(connection, server_side=True)

    with serving(behave) as names.ports["api.test"]:
        error = isolate.fetch("https://api.test/").error

    assert error["code"] == "tls"


# Connections.


def test_no_connection_is_shared_between_accounts(trusted: Path) -> None:
    network = Names()
    there = AnsweringInTurn([OK], persists=True)

    behaviour = over_tls(trusted, there)
    with serving(behaviour, at_once=True) as network.ports["api.test"], closing(network):
        for account in ("a" * 32, "b" * 32, "a" * 32):
            with fetching("api.test", network=KeptOpen(network), account_id=account) as isolate:
                assert isolate.fetch("https://api.test/").error == {}

    assert there.connections == 2


DESYNCHRONIZED = {
    "a second answer": ("GET", OK + b"HTTP/1.1 200 OK\r\nx-forged: 1\r\ncontent-length: 0\r\n\r\n"),
    "a body of HEAD": ("HEAD", b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"),
    "a body of 204": ("GET", b"HTTP/1.1 204 No\r\ncontent-length: 5\r\n\r\nhello"),
    "a body of 304": ("GET", b"HTTP/1.1 304 No\r\ncontent-length: 5\r\n\r\nhello"),
    "more than its length": ("GET", b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nhello"),
    "more than its last chunk": ("GET", CHUNKED + b"0\r\n\r\nhello"),
    "an interim answer behind": ("GET", OK + b"HTTP/1.1 100 Go\r\n\r\n"),
}


@pytest.mark.parametrize(("method", "answer"), DESYNCHRONIZED.values(), ids=DESYNCHRONIZED)
def test_what_is_behind_an_answer_is_not_that_of_the_next_request(
    method: str, answer: bytes
) -> None:
    network = OneServer()
    there = AnsweringInTurn([answer, OK], persists=True)

    with serving(there, at_once=True) as port, closing(network):
        with fetching("api.test", network=KeptOpen(network)) as isolate:
            isolate.fetch(f"http://api.test:{port}/", method)
        with fetching("api.test", network=KeptOpen(network)) as isolate:
            got = isolate.fetch(f"http://api.test:{port}/", method)

    assert (got.error, got.body) == ({}, b"")
    assert "x-forged" not in got.headers
    assert there.connections == 2


def test_no_cookie_is_kept() -> None:
    cookie = b"HTTP/1.1 302 Go\r\nlocation: /\r\nset-cookie: a=b\r\ncontent-length: 0\r\n\r\n"
    there = AnsweringInTurn([cookie, OK])

    assert error_of(there) == {}
    assert len(there.requests) == 2
    assert b"cookie" not in there.requests[1]


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])
def test_a_proxy_of_the_environment_sees_no_request(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    there, proxy = Answering(), Answering()

    with serving(proxy) as port:
        monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
        assert error_of(there) == {}

    assert (len(there.requests), proxy.requests) == (1, [])


# Workers.


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"method": 7},
        {"url": None},
        {"headers": {}},
        {"headers": [["a"]]},
        {"headers": [["a", "b", "c"]]},
        {"headers": [["a", 1]]},
        {"headers": ["ab"]},
        {"redirect": "always"},
        {"redirect": None},
        {"body": "file"},
        {"body": True},
        {"body": "bytes", "bytes": "not base64"},
        {"body": "bytes", "bytes": 7},
    ],
)
def test_what_no_intact_worker_asks_ends_it(fields: dict[str, Any]) -> None:
    whole = {"method": "GET", "url": "https://api.test/", "headers": [], "redirect": "follow"}
    asked = {"id": 1, "kind": "fetch", **(fields and {**whole, **fields})}

    with fetching("api.test") as isolate, pytest.raises(BrokenPeerError):
        isolate.operations.take(asked)


@pytest.mark.parametrize(
    "fields",
    [
        {"credit": 0},
        {"credit": -1},
        {"credit": 1.5},
        {"credit": "1"},
        {"credit": True},
        {"credit": 1 << 40},
        {"chunk": True, "bytes": "?"},
        {"chunk": True, "bytes": base64.b64encode(bytes(64 * KIB + 1)).decode()},
        {"chunk": 1},
        {},
    ],
)
def test_what_no_intact_worker_sends_ends_it(fields: dict[str, Any]) -> None:
    with serving(say_nothing) as port, fetching("api.test", network=OneServer()) as isolate:
        number = isolate.begin(f"http://api.test:{port}/", "POST", body="stream")
        with pytest.raises(BrokenPeerError):
            isolate.operations.take({"id": number, "kind": "send", **fields})


def test_no_body_goes_on_after_its_end() -> None:
    with serving(say_nothing) as port, fetching("api.test", network=OneServer()) as isolate:
        number = isolate.begin(f"http://api.test:{port}/", "POST", body="stream")
        isolate.send(number, last=True)
        with pytest.raises(BrokenPeerError):
            isolate.send(number, b"more", chunk=True)


def test_a_worker_without_credit_gets_no_more_than_it_may() -> None:
    there = Answering(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(MIB))

    with serving(there) as port, fetching("api.test", network=OneServer()) as isolate:
        number = isolate.begin(f"http://api.test:{port}/")
        isolate.next_reply(number)
        received = 0
        while received < FETCH_CREDIT_BYTES:
            received += len(isolate.next_reply(number)[1])
        assert received == FETCH_CREDIT_BYTES
        isolate.send(number, credit=7)
        assert len(isolate.next_reply(number)[1]) == 7
