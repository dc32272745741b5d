"""Servers that attack the author who asks them: for the key, for time and for memory."""

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from isolambda_cli.api import client
from isolambda_cli.api.client import Api
from isolambda_cli.api.errors import RedirectError, UnreachableError
from isolambda_core.domain.limits import MIB
from tests.support.raw_servers import (
    Answering,
    Behaviour,
    certificate_of,
    over_tls,
    serving,
    trickle,
)

ACCOUNT = "a" * 32
KEY = "0123456789abcdef" * 4


@pytest.fixture
def asking() -> Iterator[Callable[[str], Api]]:
    opened: list[Api] = []

    def ask(url: str) -> Api:
        opened.append(Api(url, ACCOUNT, KEY))
        return opened[-1]

    yield ask
    for api in opened:
        api.close()


def answer(body: bytes, *headers: str) -> bytes:
    lines = ("HTTP/1.1 200 OK", f"content-length: {len(body)}", *headers, "", "")
    return "\r\n".join(lines).encode() + body


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_sends_the_key_nowhere(asking: Callable[[str], Api], status: int) -> None:
    stranger = Answering()
    with serving(stranger) as there:
        location = f"http://127.0.0.1:{there}/v2/x"
        head = f"HTTP/1.1 {status} Elsewhere\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n"
        with serving(Answering(head.encode())) as port, pytest.raises(RedirectError):
            asking(f"http://127.0.0.1:{port}").get("functions")

    assert stranger.requests == []


def test_a_server_that_is_not_who_it_says_does_not_get_the_key(
    asking: Callable[[str], Api], tmp_path: Path
) -> None:
    impostor = Answering()
    behaviour = over_tls(certificate_of("127.0.0.1", tmp_path / "certificate.pem"), impostor)

    with serving(behaviour) as port, pytest.raises(UnreachableError, match=r"(?i)certificate"):
        asking(f"https://127.0.0.1:{port}").get("functions")

    assert impostor.requests == []


def test_a_small_answer_that_becomes_a_large_one_is_not_read(
    asking: Callable[[str], Api], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "_ANSWER_BYTES", MIB)
    bomb = answer(gzip.compress(b" " * (64 * MIB)), "content-encoding: gzip")

    with (
        serving(Answering(bomb)) as port,
        pytest.raises(UnreachableError, match=f"an answer has more than {MIB} bytes"),
    ):
        asking(f"http://127.0.0.1:{port}").get("functions")


@pytest.mark.parametrize(
    "behaviour",
    [
        Answering(b"\x00\xff" * 5_000),
        Answering(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{"),
        Answering(b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 100_000),
        Answering(answer(b"not gzip", "content-encoding: gzip")),
        Answering(b""),
    ],
    ids=["noise", "cut short", "headers without end", "no gzip", "nothing"],
)
def test_what_is_no_answer_is_one_error(asking: Callable[[str], Api], behaviour: Behaviour) -> None:
    with serving(behaviour) as port, pytest.raises(UnreachableError) as caught:
        asking(f"http://127.0.0.1:{port}").get("functions")

    assert KEY not in str(caught.value)


def test_an_answer_that_never_ends_is_left(
    asking: Callable[[str], Api], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "_ANSWER_S", 0.05)
    head = b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n"

    with (
        serving(trickle(head + b" " * 1_000_000)) as port,
        pytest.raises(UnreachableError, match="does not answer in time"),
    ):
        asking(f"http://127.0.0.1:{port}").get("functions")
