"""Callbacks over real sockets, to servers that behave and to servers that do not."""

import socket
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, repeat
from pathlib import Path
from threading import Event
from threading import enumerate as all_threads
from typing import Any

import pytest

from isolambda_core.adapters.http_callbacks import HttpsCallbacks
from isolambda_core.domain.executions.callbacks import signed_headers
from isolambda_core.domain.executions.errors import CallbackFailedError
from isolambda_core.domain.limits import MIB
from isolambda_core.net.resolving import Resolve
from tests.support.raw_servers import (
    OK,
    Answering,
    Behaviour,
    certificate_of,
    over_tls,
    say_nothing,
    serving,
    trickle,
)
from tests.support.servers import free_port
from tests.support.waiting import WAIT_S

BODY = b'{"result":1}'
HEADERS = signed_headers(b"k" * 32, "e" * 32, 1_000, BODY)
SHORT_S = 0.2


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A certificate of callback.test that this process takes for good."""
    certificate = certificate_of("callback.test", tmp_path / "trusted.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    return certificate


@pytest.fixture(autouse=True)
def _nothing_is_left_behind() -> Iterator[None]:
    # Of a socket, Python itself warns when it is forgotten.
    before = set(all_threads())
    yield
    for thread in set(all_threads()) - before:
        thread.join(WAIT_S)
        assert not thread.is_alive()


def leading_to(*ports: int) -> Resolve:
    """Return a resolver for which every name is this machine, on these ports."""

    def resolve(*_: object, **__: object) -> Sequence[Any]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", port))
            for port in ports
        ]

    return resolve


def callbacks_to(*ports: int, timeout_s: float = 60) -> HttpsCallbacks:
    return HttpsCallbacks(private=True, timeout_s=timeout_s, resolve=leading_to(*ports))


def failure(
    behaviour: Behaviour, *, scheme: str = "http", timeout_s: float = 60, body: bytes = BODY
) -> str:
    """Post to a server that behaves so, and return why that failed."""
    with serving(behaviour) as port, pytest.raises(CallbackFailedError) as raised:
        callbacks_to(port, timeout_s=timeout_s).post(f"{scheme}://callback.test/", HEADERS, body)
    return str(raised.value)


def test_a_callback_arrives_over_tls_as_it_was_signed(trusted: Path) -> None:
    peer = Answering(body_bytes=len(BODY))

    with serving(over_tls(trusted, peer)) as port:
        callbacks_to(port).post("https://callback.test:8443/ended?a=b", HEADERS, BODY)

    (request,) = peer.requests
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    assert first == "POST /ended?a=b HTTP/1.1"
    assert dict(line.split(": ", 1) for line in lines) == {
        **HEADERS,
        "host": "callback.test:8443",
        "connection": "close",
        "content-length": str(len(BODY)),
    }
    assert body == BODY


def test_a_server_without_tls_is_enough_where_private_addresses_are() -> None:
    peer = Answering(body_bytes=len(BODY))

    with serving(peer) as port:
        HttpsCallbacks(private=True).post(f"http://127.0.0.1:{port}", HEADERS, BODY)

    (request,) = peer.requests
    assert request.startswith(b"POST / HTTP/1.1\r\n")
    assert f"\r\nhost: 127.0.0.1:{port}\r\n".encode() in request


@pytest.mark.parametrize(
    "answer",
    [
        OK,
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.0 299\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 Accepted\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\nnobody reads this",
    ],
)
def test_any_status_of_success_will_do(answer: bytes) -> None:
    with serving(Answering(answer, len(BODY))) as port:
        callbacks_to(port).post("http://callback.test/", HEADERS, BODY)


@pytest.mark.parametrize("status", [300, 301, 302, 307, 308, 400, 404, 410, 429, 500, 503])
def test_any_other_status_is_a_failure_and_no_redirect_is_followed(status: int) -> None:
    peer = Answering(
        f"HTTP/1.1 {status} hunter2\r\nlocation: /hunter2\r\n\r\nhunter2".encode(),
        len(BODY),
    )

    assert failure(peer) == f"HTTP status {status}"
    assert len(peer.requests) == 1


def test_a_certificate_for_another_host_is_refused_before_anything_is_sent(trusted: Path) -> None:
    peer = Answering(body_bytes=len(BODY))

    with (
        serving(over_tls(trusted, peer)) as port,
        pytest.raises(CallbackFailedError, match="certificate is not good for the host"),
    ):
        callbacks_to(port).post("https://other.test/", HEADERS, BODY)

    assert peer.requests == []


@pytest.mark.usefixtures("trusted")
def test_a_certificate_without_a_trusted_issuer_is_refused_before_anything_is_sent(
    tmp_path: Path,
) -> None:
    peer = Answering(body_bytes=len(BODY))
    certificate = certificate_of("callback.test", tmp_path / "self-signed.pem")

    reason = failure(over_tls(certificate, peer), scheme="https")

    assert reason == "the certificate is not good for the host"
    assert peer.requests == []


def test_a_server_that_speaks_no_tls_where_it_should_is_a_failure() -> None:
    def greet(connection: socket.socket) -> None:
        connection.sendall(b"220 hunter2 ESMTP\r\n")
        say_nothing(connection)

    assert failure(greet, scheme="https") == "TLS failed"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_server_that_closes_at_once_is_a_failure(scheme: str) -> None:
    assert failure(lambda connection: connection.close(), scheme=scheme) in (
        "the connection failed",
        "TLS failed",
    )


def test_a_server_that_is_not_there_is_a_failure() -> None:
    with pytest.raises(CallbackFailedError, match="the connection failed"):
        callbacks_to(free_port()).post("https://callback.test/", HEADERS, BODY)


@pytest.mark.parametrize(
    "answer",
    [
        b"\0\xff hunter2\r\n\r\n",
        b"SSH-2.0-hunter2\r\n",
        b"HTTP/1.1 two hundred\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"x: hunter2\r\n" * 10_000,
        b"HTTP/1.1 200 OK\r\nx: " + b"hunter2" * 100_000,
        b"HTTP/1.1 " + b"2" * MIB,
    ],
)
def test_an_answer_that_is_not_http_or_has_no_end_is_a_failure(answer: bytes) -> None:
    assert failure(Answering(answer, len(BODY))) == "the answer is not HTTP"


# A record of TLS that says it is long, and an answer of which every byte comes in time.
ENDLESS_RECORD = chain(b"\x16\x03\x03\x40\x00", repeat(0))
ENDLESS_STATUS = chain(b"HTTP/1.1 200 ", repeat(ord("x")))
ENDLESS_HEAD = (*b"HTTP/1.1 200 OK\r\nx: ", *b"x" * 10_000)


@pytest.mark.parametrize(
    ("scheme", "behaviour"),
    [
        pytest.param("http", say_nothing, id="says nothing"),
        pytest.param("https", say_nothing, id="says nothing to TLS"),
        pytest.param("http", trickle(ENDLESS_STATUS), id="trickles its status"),
        pytest.param("http", trickle(ENDLESS_HEAD), id="trickles its head"),
        pytest.param("https", trickle(ENDLESS_RECORD), id="trickles its greeting"),
    ],
)
def test_a_server_that_takes_its_time_is_left_at_the_deadline(
    scheme: str, behaviour: Behaviour
) -> None:
    assert failure(behaviour, scheme=scheme, timeout_s=SHORT_S) == "timed out"


@pytest.mark.parametrize(
    "behaviour", [say_nothing, trickle(ENDLESS_HEAD)], ids=["says nothing", "trickles"]
)
def test_it_is_left_in_the_middle_of_tls_too(trusted: Path, behaviour: Behaviour) -> None:
    reason = failure(over_tls(trusted, behaviour), scheme="https", timeout_s=SHORT_S)

    assert reason == "timed out"


def test_a_server_that_does_not_read_is_left_at_the_deadline(trusted: Path) -> None:
    left = Event()

    def read_nothing(_: socket.socket) -> None:
        left.wait()

    with serving(over_tls(trusted, read_nothing)) as port:
        try:
            with pytest.raises(CallbackFailedError, match="timed out"):
                callbacks_to(port, timeout_s=SHORT_S).post(
                    "https://callback.test/", HEADERS, bytes(64 * MIB)
                )
        finally:
            left.set()


def test_the_next_address_of_a_name_is_tried_when_one_takes_no_connection() -> None:
    peer = Answering(body_bytes=len(BODY))

    with serving(peer) as port:
        callbacks_to(free_port(), port).post("http://callback.test/", HEADERS, BODY)

    assert len(peer.requests) == 1


def test_of_a_name_with_many_addresses_a_few_are_tried() -> None:
    peer = Answering(body_bytes=len(BODY))

    with (
        serving(peer) as port,
        pytest.raises(CallbackFailedError, match="the connection failed"),
    ):
        callbacks_to(*[free_port()] * 4, port).post("http://callback.test/", HEADERS, BODY)

    assert peer.requests == []


def test_a_name_is_asked_for_once_and_its_first_answer_is_what_is_connected_to() -> None:
    first, second = Answering(body_bytes=len(BODY)), Answering(body_bytes=len(BODY))

    with serving(first) as port, serving(second) as other:
        answers = iter([leading_to(port), leading_to(other)])
        callbacks = HttpsCallbacks(private=True, resolve=lambda *_, **__: next(answers)())
        callbacks.post("http://callback.test/", HEADERS, BODY)

        assert len(list(answers)) == 1

    assert (len(first.requests), len(second.requests)) == (1, 0)


def test_the_environment_names_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    peer, proxy = Answering(body_bytes=len(BODY)), Answering(body_bytes=len(BODY))

    with serving(peer) as port, serving(proxy) as proxy_port:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy_port}")
        callbacks_to(port).post("http://callback.test/", HEADERS, BODY)

    assert (len(peer.requests), len(proxy.requests)) == (1, 0)


def test_many_threads_share_one(trusted: Path) -> None:
    peer = Answering(body_bytes=len(BODY))

    with serving(over_tls(trusted, peer)) as port, ThreadPoolExecutor(8) as threads:
        callbacks = callbacks_to(port)
        urls = [f"https://callback.test/{number}" for number in range(32)]
        list(threads.map(lambda url: callbacks.post(url, HEADERS, BODY), urls))

    assert sorted(request.split()[1] for request in peer.requests) == sorted(
        f"/{number}".encode() for number in range(32)
    )
