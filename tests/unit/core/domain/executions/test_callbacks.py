import base64
import hashlib
import hmac
import socket
from collections.abc import Mapping, Sequence
from threading import Event
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from isolambda_core.adapters.clock import SystemClock
from isolambda_core.adapters.http_callbacks import HttpsCallbacks
from isolambda_core.domain.accounts.api_keys import derive_token_key
from isolambda_core.domain.addresses import is_public
from isolambda_core.domain.endpoints import Endpoint
from isolambda_core.domain.errors import Violation
from isolambda_core.domain.executions.callbacks import (
    callback_endpoint,
    check_callback,
    derive_callback_secret,
    shown,
    signed_headers,
)
from isolambda_core.domain.executions.errors import CallbackFailedError
from isolambda_core.domain.limits import CALLBACK_URL_CHARACTERS

SECRET = b"the secret of an installation..."
ACCOUNT, EXECUTION = "a" * 32, "e" * 32
KEY = derive_callback_secret(SECRET, ACCOUNT)
URL = "https://callback.test/ended"
BODY = '{"result":"ąž"}'.encode()


def headers_now(key: bytes = KEY) -> dict[str, str]:
    return dict(signed_headers(key, EXECUTION, SystemClock().now(), BODY))


def test_the_key_of_an_account_derives_from_the_secret_and_its_id() -> None:
    # Word for word: with any other, who was shown the key takes none of our callbacks any more.
    message = f"callback:{ACCOUNT}".encode()

    assert hmac.new(SECRET, message, hashlib.sha256).digest() == KEY


def test_no_two_accounts_have_the_same_key_nor_that_of_tokens() -> None:
    keys = {
        KEY,
        derive_callback_secret(SECRET, "b" * 32),
        derive_callback_secret(b"another", ACCOUNT),
        derive_token_key(SECRET),
    }

    assert len(keys) == 4


def test_a_signature_is_the_one_that_standard_webhooks_gives_as_its_example() -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - a published example
    key = base64.b64decode(secret.removeprefix("whsec_"))

    headers = signed_headers(
        key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, b'{"test": 2432232314}'
    )

    assert shown(key) == secret
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_published_library_verifies_a_callback_with_the_key_as_it_is_shown() -> None:
    headers = headers_now()

    assert Webhook(shown(KEY)).verify(BODY, headers) == {"result": "ąž"}
    assert headers["webhook-id"] == EXECUTION
    assert headers["content-type"] == "application/json"
    assert headers["user-agent"] == "Isolambda"


@pytest.mark.parametrize(
    ("body", "changed"),
    [
        pytest.param(BODY + b" ", {}, id="another body"),
        pytest.param(BODY, {"webhook-id": "f" * 32}, id="another execution"),
        pytest.param(BODY, signed_headers(KEY, EXECUTION, 1_000, BODY), id="long ago"),
        pytest.param(BODY, headers_now(b"the key of somebody else"), id="another key"),
    ],
)
def test_the_published_library_refuses(body: bytes, changed: Mapping[str, str]) -> None:
    with pytest.raises(WebhookVerificationError):
        Webhook(shown(KEY)).verify(body, {**headers_now(), **changed})


def test_the_published_library_refuses_another_time() -> None:
    headers = headers_now()
    later = str(int(headers["webhook-timestamp"]) + 1)

    with pytest.raises(WebhookVerificationError):
        Webhook(shown(KEY)).verify(BODY, {**headers, "webhook-timestamp": later})


@pytest.mark.parametrize(
    ("url", "endpoint"),
    [
        (
            "https://callback.test",
            Endpoint(True, "callback.test", "callback.test", 443, "/"),
        ),
        (
            "https://callback.test:443/a/b?c=%20&d='\"{}",
            Endpoint(True, "callback.test", "callback.test", 443, "/a/b?c=%20&d='\"{}"),
        ),
        (
            "https://callback.test:8443?c=d@e",
            Endpoint(True, "callback.test:8443", "callback.test", 8443, "/?c=d@e"),
        ),
        (
            "HTTPS://Callback.test",
            Endpoint(True, "callback.test", "callback.test", 443, "/"),
        ),
        (
            "https://callback.test.:8443/",
            Endpoint(True, "callback.test:8443", "callback.test", 8443, "/"),
        ),
        (
            "hTTpS://callback.test:443/",
            Endpoint(True, "callback.test", "callback.test", 443, "/"),
        ),
        (
            "https://192.0.2.1:65535/",
            Endpoint(True, "192.0.2.1:65535", "192.0.2.1", 65535, "/"),
        ),
        (
            "https://[2001:db8::1]:8443/",
            Endpoint(True, "[2001:db8::1]:8443", "2001:db8::1", 8443, "/"),
        ),
    ],
)
def test_a_url_leads_to(url: str, endpoint: Endpoint) -> None:
    assert callback_endpoint(url, private=False) == endpoint
    assert list(check_callback(url, private=True)) == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "callback.test",
        "//callback.test/",
        "https:callback.test/",
        "https://",
        "https:///path",
        "https://:443/",
        "ftp://callback.test/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        " https://callback.test/",
        "https://callback.test/\n",
        "https://callback.test/a b",
        "https://callback.test/\r\nx: y",
        "https://callback.test/\x7f",
        "https://callback.test/ž",
        "https://žalia.test/",
        "https://user@callback.test/",
        "https://user:password@callback.test/",
        "https://callback.test\\@other.test/",
        "https://callback.test/#fragment",
        "https://callback.test/#",
        "https://callback.test:0/",
        "https://callback.test:65536/",
        "https://callback.test:\u0661/",
        "https://callback.test:/",
        "https://call%62ack.test/",
        "https://callback..test/",
        "https://callback.test../",
        "https://./",
        "https://.callback.test/",
        f"https://{'a' * 64}.test/",
        "https://[::1/",
        "https://[::1%25lo]/",
        "https://[callback.test]/",
        "https://[1::2::3]/",
        "https://[.]/",
    ],
)
def test_no_callback_goes_to(url: str) -> None:
    (violation,) = check_callback(url, private=True)

    assert (violation.path, violation.rule) == (("callback",), "error")
    assert callback_endpoint(url, private=True) is None


def test_plain_http_is_for_private_addresses() -> None:
    url = "http://127.0.0.1:8080/ended"

    assert callback_endpoint(url, private=True) == Endpoint(
        False, "127.0.0.1:8080", "127.0.0.1", 8080, "/ended"
    )
    (violation,) = check_callback(url, private=False)
    assert violation.message is not None
    assert violation.message.startswith("Must be an https URL")


def test_a_url_may_be_as_long_as_its_limit_and_no_longer() -> None:
    longest = URL + "x" * (CALLBACK_URL_CHARACTERS - len(URL))
    too_long = longest + "x"

    assert list(check_callback(longest, private=False)) == []
    assert list(check_callback(too_long, private=False)) == [
        Violation(("callback",), "maxLength", CALLBACK_URL_CHARACTERS, too_long)
    ]


PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "52.95.110.1",
    "100.63.255.255",
    "100.128.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.169.0.0",
    "223.255.255.255",
    "2001:4860:4860::8888",
    "2606:4700:4700::1111",
    "2a05:d014::1",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
]
NOT_PUBLIC = [
    "0.0.0.0",  # noqa: S104 - not bound to
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "169.254.170.2",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.9",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::8.8.8.8",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:8.8.8.8",
    "64:ff9b::10.0.0.1",
    "64:ff9b::169.254.169.254",
    "64:ff9b:1::8.8.8.8",
    "100::1",
    "2001::1",
    "2001:0:0808:0808::f7f7:f7f7",
    "2001:1::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:0808:0808::",
    "3fff::1",
    "4000::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%lo",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_internet(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_that_is_none_of_the_internet(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "host",
    [
        *(
            f"[{address}]" if ":" in address else address
            for address in NOT_PUBLIC
            if "%" not in address
        ),
        "10.1",
        "127.1",
        "0x7f000001",
        "0X7F.1",
        "0177.0.0.1",
        "017700000001",
        "2130706433",
        "0xa9fea9fe",
        "0",
        "0x0",
        "[::FFFF:10.0.0.1]",
        "[0:0:0:0:0:0:0:1]",
        "localhost",
        "LocalHost",
        "a.localhost",
        "localhost.",
        "127.0.0.1.",
        "10.0.0.256",
        "1.2.3.4.5",
        "4294967296",
        "callback.1",
        "08.8.8.8",
    ],
)
@pytest.mark.parametrize("scheme", ["https", "HTTPS"])
def test_an_address_that_is_not_public_is_refused_when_it_comes(scheme: str, host: str) -> None:
    url = f"{scheme}://{host}:8443/ended"

    (violation,) = check_callback(url, private=False)

    assert (violation.path, violation.rule) == (("callback",), "error")
    named = host.strip("[].").lower()
    assert violation.message == f"Must lead to a public address, and {named} is none"
    assert list(check_callback(url, private=True)) == []


@pytest.mark.parametrize(
    "host",
    [
        *(f"[{address}]" if ":" in address else address for address in PUBLIC),
        "0x08080808",
        "8.8.2056",
        "localhost.test",
        "my-localhost",
        "10.0.0.1.nip.test",
        "callback.0a",
    ],
)
def test_a_public_address_and_a_name_may_be_called(host: str) -> None:
    assert list(check_callback(f"https://{host}/", private=False)) == []


class Resolver:
    """Says that a name has addresses, and how often it was asked."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses
        self.asked = 0

    def __call__(self, *_: object, **__: object) -> Sequence[Any]:
        self.asked += 1
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 443)) for one in self.addresses]


def failure(callbacks: HttpsCallbacks, url: str = URL) -> str:
    with pytest.raises(CallbackFailedError) as raised:
        callbacks.post(url, {}, b"{}")
    return str(raised.value)


# Not one of these opens a socket, which would be another error here.


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["8.8.8.8", "169.254.169.254"], ["fd00::1", "8.8.8.8"]],
)
def test_nothing_is_sent_when_one_address_of_a_name_is_not_public(addresses: list[str]) -> None:
    resolver = Resolver(*addresses)

    assert failure(HttpsCallbacks(resolve=resolver)) == "the host has an address that is not public"
    assert resolver.asked == 1


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0", "localhost"]
)
def test_no_way_to_write_this_machine_gets_around_that(host: str) -> None:
    assert (
        failure(HttpsCallbacks(), f"https://{host}/")
        == "the host has an address that is not public"
    )


@pytest.mark.parametrize("url", ["http://callback.test/", "https://user@callback.test/", ""])
def test_a_url_is_looked_at_once_more_before_it_is_used(url: str) -> None:
    resolver = Resolver("8.8.8.8")

    assert failure(HttpsCallbacks(resolve=resolver), url) == "the URL is not allowed"
    assert resolver.asked == 0


def test_an_unknown_name_is_a_failure() -> None:
    def resolve(*_: object, **__: object) -> Sequence[Any]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    assert failure(HttpsCallbacks(resolve=resolve)) == "the host cannot be resolved"


def test_a_name_server_that_does_not_answer_is_waited_for_no_longer_than_all_the_rest() -> None:
    given_up = Event()

    def resolve(*_: object, **__: object) -> Sequence[Any]:
        given_up.wait()
        return []

    try:
        assert failure(HttpsCallbacks(timeout_s=0.05, resolve=resolve)) == "timed out"
    finally:
        given_up.set()
