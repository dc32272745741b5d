"""HMACs are made under secrets that sign, by their placeholders, and under nothing else."""

import base64
import hmac
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from isolambda_core.domain.executions.execution import ExecutionRequest
from isolambda_core.domain.executions.reach import GrantedSecret
from isolambda_executor.frames import BrokenPeerError
from isolambda_executor.handlers import Scope
from isolambda_executor.operations import Fields
from isolambda_executor.signing import Signing

SIGNS = GrantedSecret("SIGNS", "iso_secret_" + "1" * 32, "the key, é", sign=True)
SENT = GrantedSecret("SENT", "iso_secret_" + "2" * 32, "of a host", ("api.example.com",))
DATA = b"what \x00 to sign"

Ask = Callable[..., tuple[Fields, bytes]]


@pytest.fixture
def ask() -> Ask:
    """Return the one reply to a message."""

    def ask(**fields: Any) -> tuple[Fields, bytes]:
        replies: list[tuple[Fields, bytes]] = []

        def reply(answer: Fields, payload: bytes = b"", /) -> None:
            replies.append((answer, payload))

        request = ExecutionRequest(
            "e" * 32, "a" * 32, "f" * 32, "1", "", b"", secrets=(SENT, SIGNS)
        )
        with ThreadPoolExecutor() as threads:
            signing = Signing(Scope(request, 0.0, threads))
            signing.begin(1, {"id": 1, "kind": "sign", **fields}, reply)
        [only] = replies
        return only

    return ask


@pytest.mark.parametrize("digest", ["SHA-1", "SHA-256", "SHA-384", "SHA-512"])
@pytest.mark.parametrize("data", [b"", DATA, DATA * 9_999])
def test_the_mac_is_that_of_the_value(ask: Ask, digest: str, data: bytes) -> None:
    sent = base64.b64encode(data).decode()

    answer, mac = ask(hash=digest, key=SIGNS.placeholder, bytes=sent)

    assert answer == {"end": True}
    assert mac == hmac.digest(SIGNS.value.encode(), data, digest.replace("-", ""))


@pytest.mark.parametrize(
    "key",
    [
        SENT.placeholder,
        SENT.value,
        SIGNS.value,
        SIGNS.name,
        SIGNS.placeholder.upper(),
        SIGNS.placeholder[:-1],
        f"{SIGNS.placeholder}0",
        "iso_secret_" + "3" * 32,
        "",
        "\ud800",
        "__proto__",
    ],
)
def test_any_other_key_is_refused_with_the_same_words(ask: Ask, key: str) -> None:
    answer, mac = ask(hash="SHA-256", key=key, bytes="")

    message = "the key is no secret of this function that signs"
    assert answer == {"end": True, "error": {"code": "refused", "message": message}}
    assert mac == b""


@pytest.mark.parametrize("digest", ["MD5", "sha256", "SHA-224", "SHA3-256", "", "blake2b"])
def test_any_other_hash_is_refused(ask: Ask, digest: str) -> None:
    answer, mac = ask(hash=digest, key=SIGNS.placeholder, bytes="")

    message = "the hash must be one of SHA-1, SHA-256, SHA-384, SHA-512"
    assert answer == {"end": True, "error": {"code": "refused", "message": message}}
    assert mac == b""


@pytest.mark.parametrize(
    "fields",
    [
        {"key": SIGNS.placeholder},
        {"hash": "SHA-256"},
        {"hash": ["SHA-256"], "key": SIGNS.placeholder},
        {"hash": "SHA-256", "key": {"name": "SIGNS"}},
        {"hash": "SHA-256", "key": SIGNS.placeholder, "bytes": "no base64!"},
        {"hash": "SHA-256", "key": SIGNS.placeholder, "bytes": 1},
    ],
)
def test_what_no_intact_worker_sends_ends_it(ask: Ask, fields: dict[str, Any]) -> None:
    with pytest.raises(BrokenPeerError):
        ask(**fields)


def test_nothing_more_is_taken_for_a_signature() -> None:
    request = ExecutionRequest("e" * 32, "a" * 32, "f" * 32, "1", "", b"", secrets=(SIGNS,))
    with ThreadPoolExecutor() as threads:
        signing = Signing(Scope(request, 0.0, threads))
        fields = {"hash": "SHA-256", "key": SIGNS.placeholder}
        operation = signing.begin(1, fields, lambda *_: None)

        operation.abandon()
        operation.abandon()
        with pytest.raises(BrokenPeerError):
            operation.take({"id": 1, "kind": "send"})
