"""A secret that is taken verifies what is signed with it; the rest is refused, and not repeated."""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook

from isolambda_core.domain.executions.callbacks import signed_headers
from isolambda_core.domain.triggers.webhooks.deliveries import Delivery
from isolambda_core.domain.triggers.webhooks.secrets import (
    check_secret,
    keys_of,
)
from isolambda_core.domain.triggers.webhooks.signatures import verify

NOW_S = 1_800_000_000
PLAIN_TEXTS = ["github", "stripe", "twilio", "vonage", "slack"]


def encoded(length: int) -> str:
    return base64.b64encode(bytes(range(length))).decode()


def signed(secret: str) -> Mapping[str, str]:
    at = datetime.fromtimestamp(NOW_S, UTC)
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(NOW_S),
        "webhook-signature": Webhook(secret).sign("msg_1", at, "{}"),
    }


@pytest.mark.parametrize("length", [24, 25, 32, 63, 64])
@pytest.mark.parametrize("prefix", ["whsec_", ""])
def test_what_standard_webhooks_calls_a_secret_verifies_what_its_library_signs(
    prefix: str, length: int
) -> None:
    secret = prefix + encoded(length)

    assert list(check_secret("plain", secret)) == []
    assert verify("plain", secret, Delivery("POST", "", signed(secret), b"{}"), NOW_S * 1000)


@pytest.mark.parametrize(
    "secret",
    [
        "whsec_not base64!",
        "whsec_AAAA",
        "whsec_======",
        f"whsec_{encoded(23)}",
        f"whsec_{encoded(65)}",
        f"whsec_{encoded(32)}\n",
        f"whsec_{encoded(32).rstrip('=')}",
        f"whsec_{encoded(32)[:20]}\n{encoded(32)[20:]}",
        f"whsec_{base64.urlsafe_b64encode(bytes([251]) * 33).decode()}",
        f" whsec_{encoded(32)}",
        f"WHSEC_{encoded(32)}",
        f"whsk_{encoded(64)}",
        f"whpk_{encoded(32)}",
        "whsec_\u0105\u017e\u0105\u017e",
    ],
)
def test_a_secret_of_standard_webhooks_that_can_never_verify_is_refused(secret: str) -> None:
    [violation] = check_secret("plain", secret)

    assert violation.path == ("secret",)
    assert violation.value is None
    assert secret not in violation.demand


@pytest.mark.parametrize("signature", PLAIN_TEXTS)
@pytest.mark.parametrize("secret", ["whsec_not base64!", "whsec_AAAA", "correct horse", "ąžąžąžąž"])
def test_for_the_others_a_secret_is_plain_text(signature: str, secret: str) -> None:
    assert list(check_secret(signature, secret)) == []


@pytest.mark.parametrize("signature", [*PLAIN_TEXTS, "plain", "token"])
@pytest.mark.parametrize(
    "secret",
    ["", " " * 8, "\t\n" * 9, "\0" * 8, "\u200b" * 8, "whsec_  ", "\ud800" * 8, None, 5, []],
)
def test_a_secret_without_content_is_refused_for_all(signature: str, secret: object) -> None:
    violations = list(check_secret(signature, secret))  # type: ignore[arg-type]

    assert [violation.path for violation in violations] == [("secret",)]


@pytest.mark.parametrize("secret", ["correct horse", "correct-horse", encoded(23), "ąžąžąžąž"])
def test_a_plain_text_is_a_key_as_it_is(secret: str) -> None:
    headers = signed_headers(secret.encode(), "msg_1", NOW_S, b"{}")

    assert list(check_secret("plain", secret)) == []
    assert verify("plain", secret, Delivery("POST", "", headers, b"{}"), NOW_S * 1000)


@pytest.mark.parametrize("secret", ["whsec_", "whsec_not base64!", f"whsec_{encoded(32)[:-2]}"])
def test_what_begins_like_a_secret_of_standard_webhooks_is_no_text(secret: str) -> None:
    assert keys_of(secret) == ()
