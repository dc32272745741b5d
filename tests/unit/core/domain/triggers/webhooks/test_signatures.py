"""Deliveries are genuine as their senders' own documentation says, and no others."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from isolambda_core.domain.accounts.errors import UnauthorizedError
from isolambda_core.domain.executions.callbacks import (
    shown,
    signed_headers,
)
from isolambda_core.domain.limits import WEBHOOK_FORM_FIELDS, WEBHOOK_TOLERANCE_S
from isolambda_core.domain.triggers.errors import WebhookRefusedError
from isolambda_core.domain.triggers.webhooks.signatures import (
    SIGNATURES,
    Delivery,
    verify,
)

NOW_S = 1_800_000_000
NOW_MS = NOW_S * 1000
SECRET = "a secret of ours, ąž"  # noqa: S105
KEY = b"the key of a Standard Webhook..."
URL = "https://isolambda.test/v2/webhooks/1"
BODY = '{"id":"evt_1","text":"ąž"}'.encode()
BODY_8_MB = b'{"text":"' + b"x" * 8_000_000 + b'"}'

# https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
GITHUB_SECRET = "It's a Secret to Everybody"  # noqa: S105
GITHUB = Delivery(
    "POST",
    URL,
    {
        "x-hub-signature-256": (
            "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
        )
    },
    b"Hello, World!",
)

# https://www.twilio.com/docs/usage/security and the tests of Twilio's own library
TWILIO_SECRET = "12345"  # noqa: S105
TWILIO_URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
TWILIO_FORM = (
    b"CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309"
    b"&To=%2B18005551212"
)
TWILIO = Delivery(
    "POST", TWILIO_URL, {"x-twilio-signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8="}, TWILIO_FORM
)
TWILIO_JSON = Delivery(
    "POST",
    TWILIO_URL + "&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620",
    {"x-twilio-signature": "a9nBmqA0ju/hNViExpshrM61xv4="},
    b'{"property": "value", "boolean": true}',
)


def hmac_sha256(secret: str, message: bytes) -> str:
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def github(body: bytes = BODY, secret: str = SECRET) -> Delivery:
    signature = "sha256=" + hmac_sha256(secret, body)
    return Delivery("POST", URL, {"x-hub-signature-256": signature}, body)


def stripe(body: bytes = BODY, at_s: int = NOW_S, secret: str = SECRET) -> Delivery:
    signature = hmac_sha256(secret, str(at_s).encode() + b"." + body)
    headers = {"stripe-signature": f"t={at_s},v1={signature},v0={'0' * 64}"}
    return Delivery("POST", URL, headers, body)


def plain(body: bytes = BODY, at_s: int = NOW_S, secret: str = SECRET) -> Delivery:
    signature = hmac_sha256(secret, str(at_s).encode() + b"." + body)
    headers = {"x-signature-timestamp": str(at_s), "x-signature": f"sha256={signature}"}
    return Delivery("POST", URL, headers, body)


def standard(body: bytes = BODY, at_s: int = NOW_S, message_id: str = "msg_1") -> Delivery:
    signature = Webhook(KEY).sign(message_id, datetime.fromtimestamp(at_s, UTC), body.decode())
    headers = {
        "webhook-id": message_id,
        "webhook-timestamp": str(at_s),
        "webhook-signature": signature,
    }
    return Delivery("POST", URL, headers, body)


def vonage(body: bytes = BODY, at_s: int = NOW_S, secret: str = SECRET, **claims: Any) -> Delivery:
    claimed = {"iss": "Vonage", "iat": at_s, "jti": "1", "payload_hash": sha256(body), **claims}
    left = {name: value for name, value in claimed.items() if value is not None}
    return by_hand({"typ": "JWT", "alg": "HS256"}, left, secret, body)


def segment(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def by_hand(header: object, claims: object, secret: str = SECRET, body: bytes = BODY) -> Delivery:
    """Return a delivery with a JSON Web Token, which is signed with HS256 whatever it says."""
    text = ".".join(segment(json.dumps(part).encode()) for part in (header, claims))
    signature = segment(hmac.digest(secret.encode(), text.encode(), "sha256"))
    return Delivery("POST", URL, {"authorization": f"Bearer {text}.{signature}"}, body)


def sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def slack(body: bytes = BODY, at_s: int = NOW_S, secret: str = SECRET) -> Delivery:
    signature = "v0=" + hmac_sha256(secret, f"v0:{at_s}:".encode() + body)
    headers = {"x-slack-request-timestamp": str(at_s), "x-slack-signature": signature}
    return Delivery("POST", URL, headers, body)


def token(**headers: str) -> Delivery:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Delivery("POST", URL, named, BODY)


def changed(delivery: Delivery, **headers: str) -> Delivery:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return replace(delivery, headers={**delivery.headers, **named})


def without(delivery: Delivery, name: str) -> Delivery:
    left = {key: value for key, value in delivery.headers.items() if key != name}
    return replace(delivery, headers=left)


def refusal(signature: str, secret: str, delivery: Delivery, now_ms: int = NOW_MS) -> str:
    with pytest.raises(WebhookRefusedError) as refused:
        verify(signature, secret, delivery, now_ms)
    assert str(refused.value) == f"the delivery is refused: {refused.value.cause}"
    assert secret not in str(refused.value)
    return refused.value.cause


WRONG = "the signature is wrong"
NO_TOKEN = "the token in authorization: Bearer or x-webhook-token is missing"  # noqa: S105
STALE = "the signature is too old, or ahead of its time"

# Deliveries as their senders sign them, with the time, without it, and not at all.
TIMED = [
    pytest.param("stripe", SECRET, stripe(), id="stripe"),
    pytest.param("stripe", SECRET, stripe(b""), id="stripe, empty"),
    pytest.param("stripe", SECRET, stripe(BODY_8_MB), id="stripe, 8 MB"),
    pytest.param("plain", SECRET, plain(), id="plain"),
    pytest.param("plain", SECRET, plain(b""), id="plain, empty"),
    pytest.param("plain", SECRET, plain(BODY_8_MB), id="plain, 8 MB"),
    pytest.param("vonage", SECRET, vonage(), id="vonage"),
    pytest.param("vonage", SECRET, vonage(b""), id="vonage, empty"),
    pytest.param("vonage", SECRET, vonage(b"", payload_hash=None), id="vonage, no body"),
    pytest.param("vonage", SECRET, vonage(BODY_8_MB), id="vonage, 8 MB"),
    pytest.param("slack", SECRET, slack(), id="slack"),
    pytest.param("slack", SECRET, slack(b""), id="slack, empty"),
    pytest.param("slack", SECRET, slack(BODY_8_MB), id="slack, 8 MB"),
    pytest.param("plain", shown(KEY), standard(), id="standard"),
    pytest.param("plain", shown(KEY), standard(b""), id="standard, empty"),
    pytest.param("plain", shown(KEY), standard(BODY_8_MB), id="standard, 8 MB"),
]
UNTIMED = [
    pytest.param("github", GITHUB_SECRET, GITHUB, id="github's own example"),
    pytest.param("github", SECRET, github(), id="github"),
    pytest.param("github", SECRET, github(b""), id="github, empty"),
    pytest.param("github", SECRET, github(BODY_8_MB), id="github, 8 MB"),
    pytest.param("twilio", TWILIO_SECRET, TWILIO, id="twilio's own example"),
    pytest.param("twilio", TWILIO_SECRET, TWILIO_JSON, id="twilio's own example of JSON"),
]
TOKENS = [
    pytest.param("token", SECRET, token(x_webhook_token=SECRET), id="token"),
    pytest.param("token", SECRET, token(authorization=f"Bearer {SECRET}"), id="bearer"),
]
SIGNED = [*TIMED, *UNTIMED]


def test_the_forms_are_these() -> None:
    assert SIGNATURES == ("plain", "github", "stripe", "twilio", "vonage", "slack", "token")


@pytest.mark.parametrize(("signature", "secret", "delivery"), [*SIGNED, *TOKENS])
def test_what_its_sender_signed_is_genuine(signature: str, secret: str, delivery: Delivery) -> None:
    assert re.fullmatch("[0-9a-f]{64}", verify(signature, secret, delivery, NOW_MS))


@pytest.mark.parametrize(("signature", "secret", "delivery"), SIGNED)
def test_the_same_delivery_has_the_same_id_whatever_is_sent_with_it(
    signature: str, secret: str, delivery: Delivery
) -> None:
    again = changed(delivery, x_request_id="another", idempotency_key="1", x_github_delivery="2")

    assert verify(signature, secret, again, NOW_MS + 1) == verify(
        signature, secret, delivery, NOW_MS
    )


@pytest.mark.parametrize(("signature", "secret", "delivery"), [*SIGNED, *TOKENS])
def test_with_another_secret_it_is_refused(signature: str, secret: str, delivery: Delivery) -> None:
    other = shown(b"another key") if secret == shown(KEY) else secret + "x"

    assert refusal(signature, other, delivery).endswith("is wrong")


@pytest.mark.parametrize(("signature", "secret", "delivery"), SIGNED)
def test_with_another_body_it_is_refused(signature: str, secret: str, delivery: Delivery) -> None:
    assert refusal(signature, secret, replace(delivery, body=delivery.body + b"x")) == WRONG


ONE_TEXT_IN_TWO_WAYS = [
    pytest.param('{"a":"😀"}'.encode(), rb'{"a":"\ud83d\ude00"}', id="an emoji"),
    pytest.param(rb'{"a":"\u001B"}', rb'{"a":"\u001b"}', id="an escape in capitals"),
    pytest.param(b'{"a":"\xff"}', '{"a":"\ufffd"}'.encode(), id="bytes that are no UTF-8"),
    pytest.param(b'{"a":"\xed\xa0\x80"}', rb'{"a":"\ud800"}', id="a lone surrogate"),
    pytest.param(b'\xef\xbb\xbf{"a":1}', b'{"a":1}', id="a byte order mark"),
    pytest.param(b'{"a": 1.0}', b'{"a":1}', id="blanks and a number"),
    pytest.param(b'{"a":1}\r\n', b'{"a":1}\n', id="an end of line"),
    pytest.param(b'{"a":1,"a":2}', b'{"a":2}', id="a key that comes twice"),
    pytest.param("é".encode(), "e\u0301".encode(), id="a letter that is composed"),
]


@pytest.mark.parametrize(
    "sign", [github, stripe, plain, vonage, slack], ids=lambda sign: sign.__name__
)
@pytest.mark.parametrize(("sent", "alike"), ONE_TEXT_IN_TWO_WAYS)
def test_what_is_signed_are_the_bytes_as_they_came(
    sign: Callable[[bytes], Delivery], sent: bytes, alike: bytes
) -> None:
    for body, other in ((sent, alike), (alike, sent)):
        assert verify(sign.__name__, SECRET, sign(body), NOW_MS)
        assert refusal(sign.__name__, SECRET, replace(sign(body), body=other)) == WRONG


@pytest.mark.parametrize(("signature", "secret", "delivery"), SIGNED)
def test_without_any_of_its_headers_it_is_refused(
    signature: str, secret: str, delivery: Delivery
) -> None:
    for name in delivery.headers:
        cause = refusal(signature, secret, without(delivery, name))
        assert cause in {f"{name} is missing", "x-signature-timestamp is missing"}


@pytest.mark.parametrize(
    "junk", ["", " ", "ąž", "\udcff", "sha256=", "=,=,=", "t=1", "v1,", "x" * 99]
)
@pytest.mark.parametrize(("signature", "secret", "delivery"), SIGNED)
def test_junk_in_any_of_its_headers_is_refused(
    signature: str, secret: str, delivery: Delivery, junk: str
) -> None:
    for name in delivery.headers:
        given = replace(delivery, headers={**delivery.headers, name: junk})
        cause = refusal(signature, secret, given)
        assert cause == WRONG or name in cause


HEADERS = sorted(
    {"authorization", "x-webhook-token"}.union(
        *(each.headers for each in (GITHUB, TWILIO, stripe(), plain(), standard(), slack()))
    )
)
TEXTS = st.text() | st.from_regex(r"\A(t|v1)=[0-9]{1,12}(,v1=.*)?\Z")


@given(
    st.sampled_from(SIGNATURES),
    st.dictionaries(st.sampled_from(HEADERS), TEXTS),
    st.text(),
    st.binary(),
)
def test_whatever_is_sent_is_refused(
    signature: str, headers: dict[str, str], url: str, body: bytes
) -> None:
    with pytest.raises(WebhookRefusedError):
        verify(signature, SECRET, Delivery("POST", url, headers, body), NOW_MS)


@pytest.mark.parametrize(("signature", "secret", "delivery"), TIMED)
def test_a_signature_holds_for_a_while_either_way(
    signature: str, secret: str, delivery: Delivery
) -> None:
    tolerance_ms = WEBHOOK_TOLERANCE_S * 1000
    for now_ms in (NOW_MS - tolerance_ms, NOW_MS + tolerance_ms):
        assert verify(signature, secret, delivery, now_ms)
    for now_ms in (NOW_MS - tolerance_ms - 1, NOW_MS + tolerance_ms + 1):
        assert refusal(signature, secret, delivery, now_ms) == STALE


@pytest.mark.parametrize(
    "time", [str(NOW_S + 1), f"0{NOW_S}", f"{NOW_S}.0", "-1", "1\u0661", "9" * 30]
)
def test_no_other_time_is_taken_for_the_one_that_is_signed(time: str) -> None:
    signatures = stripe().headers["stripe-signature"].partition(",")[2]
    timed = changed(stripe(), stripe_signature=f"t={time},{signatures}")

    for signature, secret, delivery in (
        ("plain", SECRET, changed(plain(), x_signature_timestamp=time)),
        ("plain", shown(KEY), changed(standard(), webhook_timestamp=time)),
        ("stripe", SECRET, timed),
        ("slack", SECRET, changed(slack(), x_slack_request_timestamp=time)),
    ):
        cause = refusal(signature, secret, delivery)
        assert cause == WRONG or cause.endswith("is not in seconds")


@pytest.mark.parametrize("time", [f"{NOW_S}000", f"{NOW_S}000000", "2027-01-15T08:00:00Z", "now"])
def test_a_time_that_is_rightly_signed_and_not_in_seconds_is_named(time: str) -> None:
    signature = hmac_sha256(SECRET, time.encode() + b"." + BODY)
    by_hand = {"x-signature-timestamp": time, "x-signature": f"sha256={signature}"}
    by_stripe = {"stripe-signature": f"t={time},v1={signature}"}
    by_standard = {**standard().headers, "webhook-timestamp": time}

    for kind, headers, name in (
        ("plain", by_hand, "x-signature-timestamp"),
        ("plain", by_standard, "webhook-timestamp"),
        ("stripe", by_stripe, "t of stripe-signature"),
    ):
        cause = refusal(kind, SECRET, Delivery("POST", URL, headers, BODY))
        assert cause == f"{name} is not in seconds"


@pytest.mark.parametrize("notation", ["webhook", "svix"])
@pytest.mark.parametrize("missing", ["id", "timestamp", "signature"])
@pytest.mark.parametrize("way", ["left out", "empty"])
def test_the_header_of_standard_webhooks_that_is_missing_is_named(
    notation: str, missing: str, way: str
) -> None:
    name = f"{notation}-{missing}"
    headers = {key.replace("webhook", notation): value for key, value in standard().headers.items()}
    headers = headers | {name: ""} if way == "empty" else headers
    delivery = Delivery("POST", URL, headers, BODY)

    delivery = delivery if way == "empty" else without(delivery, name)
    assert refusal("plain", shown(KEY), delivery) == f"{name} is missing"


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_one_header_of_standard_webhooks_is_enough_to_name_the_others(name: str) -> None:
    delivery = Delivery("POST", URL, {name: standard().headers[name]}, BODY)

    cause = refusal("plain", shown(KEY), delivery)
    assert re.fullmatch("webhook-(id|timestamp) is missing", cause)


def test_a_sender_that_signs_by_hand_may_have_an_id_of_standard_webhooks() -> None:
    assert verify("plain", SECRET, changed(plain(), webhook_id="1"), NOW_MS)


def test_headers_of_svix_are_those_of_standard_webhooks() -> None:
    headers = {key.replace("webhook", "svix"): text for key, text in standard().headers.items()}

    of_svix = verify("plain", shown(KEY), Delivery("POST", URL, headers, BODY), NOW_MS)

    assert of_svix == verify("plain", shown(KEY), standard(), NOW_MS)


@pytest.mark.parametrize("given", ["v1a,abc", "v2,abc", "abc=", "v1 abc", "V1,abc"])
def test_a_signature_without_its_version_says_which_is_missing(given: str) -> None:
    cause = refusal("plain", shown(KEY), changed(standard(), webhook_signature=given))

    assert cause == "v1 of webhook-signature is missing"


@pytest.mark.parametrize("wrong", ["{base64}", "{hex}", "sha1={hex}", "sha256={base64}", "sha256="])
def test_a_signature_in_another_notation_names_the_one_that_is_expected(wrong: str) -> None:
    digest = bytes.fromhex(github().headers["x-hub-signature-256"][7:])
    given = wrong.format(hex=digest.hex(), base64=base64.b64encode(digest).decode())

    by_github = refusal("github", SECRET, changed(github(), x_hub_signature_256=given))
    by_hand = refusal("plain", SECRET, changed(plain(), x_signature=given))

    assert by_github == "x-hub-signature-256 is not sha256= and 64 hexadecimal digits"
    assert by_hand == "x-signature is not sha256= and 64 hexadecimal digits"


def test_hexadecimal_digits_are_read_in_letters_of_either_case() -> None:
    shouted = changed(plain(), x_signature=plain().headers["x-signature"].upper())

    assert verify("plain", SECRET, shouted, NOW_MS) == verify("plain", SECRET, plain(), NOW_MS)


def test_a_refused_delivery_is_unauthorized() -> None:
    assert issubclass(WebhookRefusedError, UnauthorizedError)
    assert str(UnauthorizedError()) == "invalid credentials"


def test_what_a_shell_signs_is_genuine() -> None:
    # printf '%s' "1800000000.hello" | openssl dgst -sha256 -hmac "a secret"
    delivery = Delivery(
        "POST",
        URL,
        {
            "x-signature-timestamp": "1800000000",
            "x-signature": (
                "sha256=e6f62036c1df870f646c6521b69ec5799207c8da09b6ecc19db911b6ef11b5b6"
            ),
        },
        b"hello",
    )

    assert verify("plain", "a secret", delivery, NOW_MS)


def test_callbacks_of_ours_can_be_delivered_to_a_webhook() -> None:
    delivery = Delivery("POST", URL, signed_headers(KEY, "e" * 32, NOW_S, BODY), BODY)

    assert verify("plain", shown(KEY), delivery, NOW_MS)


def test_a_message_of_standard_webhooks_is_known_by_its_id_at_every_attempt() -> None:
    first = verify("plain", shown(KEY), standard(), NOW_MS)
    again = verify("plain", shown(KEY), standard(at_s=NOW_S + 60), NOW_MS)
    other = verify("plain", shown(KEY), standard(message_id="msg_2"), NOW_MS)

    assert first == again != other


def test_one_of_several_signatures_is_enough() -> None:
    good, timed = standard().headers["webhook-signature"], stripe().headers["stripe-signature"]
    several = changed(standard(), webhook_signature=f"v1a,abc v1,AAAA {good}")
    rolled = changed(stripe(), stripe_signature=timed.replace(",v1=", f",v1={'0' * 64},v1="))

    assert verify("plain", shown(KEY), several, NOW_MS)
    assert verify("stripe", SECRET, rolled, NOW_MS) == verify("stripe", SECRET, stripe(), NOW_MS)


@pytest.mark.parametrize(
    "header",
    [
        "t={t},v1={v1},v1={wrong}",
        "t={t},v1={wrong},v1={v1}",
        "t={t},v1={wrong},v1={v1},v1={wrong}",
        "v1={v1},v1={wrong},t={t}",
        "t={t},v0={wrong},v1={v1},v2={wrong}",
        "v0={wrong},v1={wrong},t={t},v9=,v1={v1}",
        "t={t}, v1={v1}, v0={wrong}",
    ],
)
def test_a_signature_of_stripe_may_stand_at_any_place_among_others(header: str) -> None:
    v1 = stripe().headers["stripe-signature"].split(",")[1].removeprefix("v1=")
    signed = header.format(t=NOW_S, v1=v1, wrong="0" * 64)
    wrong = header.format(t=NOW_S, v1="1" * 64, wrong="0" * 64)

    assert verify("stripe", SECRET, changed(stripe(), stripe_signature=signed), NOW_MS)
    assert refusal("stripe", SECRET, changed(stripe(), stripe_signature=wrong)) == WRONG


@pytest.mark.parametrize("secret", ["whsec_", "whsec_==", "whsec_not base64", "whsec_ąž"])
def test_standard_webhooks_take_no_secret_of_another_form(secret: str) -> None:
    headers = signed_headers(b"", "msg_1", NOW_S, BODY)

    cause = refusal("plain", secret, Delivery("POST", URL, headers, BODY))
    assert cause == "the secret of the trigger is none of Standard Webhooks"


@pytest.mark.parametrize("message_id", ["msg.1", "msg 1", "ą", "m" * 257])
def test_no_message_is_taken_whose_id_could_be_read_in_two_ways(message_id: str) -> None:
    headers = signed_headers(KEY, message_id, NOW_S, BODY)

    cause = refusal("plain", shown(KEY), Delivery("POST", URL, headers, BODY))
    assert cause == ("webhook-id is not 1 to 256 characters of ASCII, without a blank or a dot")


def test_what_is_signed_in_one_form_is_not_genuine_in_another() -> None:
    secret = shown(KEY)
    signature = base64.b64encode(bytes.fromhex(hmac_sha256(secret, b"1.1." + BODY))).decode()
    as_standard = {
        "webhook-id": "1",
        "webhook-timestamp": "1",
        "webhook-signature": f"v1,{signature}",
    }

    assert refusal("plain", secret, Delivery("POST", URL, as_standard, BODY)) == WRONG
    with_plain = changed(plain(), stripe_signature=f"t=1,v1={plain().headers['x-signature'][7:]}")
    assert refusal("stripe", SECRET, with_plain) == WRONG


@pytest.mark.parametrize(
    ("header", "cause"),
    [
        ("t={t}", "v1 of stripe-signature is missing"),
        ("v1={v1}", "t of stripe-signature is missing"),
        ("t={t},v0={v1}", "v1 of stripe-signature is missing"),
        ("t={t},t={t},v1={v1}", "stripe-signature has more than one t"),
        ("t={t},t=1,v1={v1}", "stripe-signature has more than one t"),
        ("t={t};v1={v1}", "v1 of stripe-signature is missing"),
        ("T={t},V1={v1}", "t of stripe-signature is missing"),
        ("t={t}000,v1={v1}", "t of stripe-signature is not in seconds"),
        ("t=2027-01-15T08:00:00Z,v1={v1}", "t of stripe-signature is not in seconds"),
        ("t=,v1={v1}", "t of stripe-signature is not in seconds"),
        ("", "stripe-signature is missing"),
    ],
)
def test_a_signature_of_stripe_has_one_time_and_its_scheme(header: str, cause: str) -> None:
    _, _, v1 = stripe().headers["stripe-signature"].split(",")[1].partition("=")
    delivery = changed(stripe(), stripe_signature=header.format(t=NOW_S, v1=v1))

    assert refusal("stripe", SECRET, delivery) == cause


def test_an_event_of_stripe_is_known_by_its_id_at_every_attempt() -> None:
    def event_id(delivery: Delivery) -> str:
        return verify("stripe", SECRET, delivery, NOW_MS)

    assert event_id(stripe()) == event_id(stripe(at_s=NOW_S - 60))
    assert event_id(stripe()) == event_id(stripe(b'{"id":"evt_1"}'))
    assert event_id(stripe()) != event_id(stripe(b'{"id":"evt_2"}'))


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"1", b"{}", b'{"id":1}', b"\xff", b"[" * 9_999]
)
def test_what_stripe_sends_without_an_id_is_known_by_all_that_is_signed(body: bytes) -> None:
    ids = {
        verify("stripe", SECRET, delivery, NOW_MS)
        for delivery in (stripe(body), stripe(body), stripe(body, NOW_S + 1), stripe(body + b" "))
    }

    assert len(ids) == 3


@pytest.mark.parametrize(
    ("url", "signature"),
    [
        # All from the tests of Twilio's own library: it signs with the port, or without.
        ("https://mycompany.com:1234/myapp.php?foo=1&bar=2", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("http://mycompany.com:1234/myapp.php?foo=1&bar=2", "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
        ("https://mycompany.com/myapp.php?foo=1&bar=2", "kvajT1Ptam85bY51eRf/AJRuM3w="),
        ("http://mycompany.com/myapp.php?foo=1&bar=2", "0ZXoZLH/DfblKGATFgpif+LLRf4="),
    ],
)
def test_twilio_may_sign_with_the_port_or_without(url: str, signature: str) -> None:
    delivery = replace(TWILIO, url=url, headers={"x-twilio-signature": signature})

    assert verify("twilio", TWILIO_SECRET, delivery, NOW_MS)


def test_twilio_signs_each_value_of_a_field_once_and_in_order() -> None:
    # From the tests of Twilio's own library.
    headers = {"x-twilio-signature": "IK+Dwps556ElfBT0I3Rgjkr1wJU="}
    form = b"Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234"

    for body in (form, form + b"&Digits=5678"):
        delivery = Delivery("POST", TWILIO_URL, headers, body)
        assert verify("twilio", TWILIO_SECRET, delivery, NOW_MS)


def test_twilio_signs_fields_without_a_value_and_outside_ascii() -> None:
    signed = hmac.new(SECRET.encode(), f"{URL}Bodyąž?FromTo".encode(), hashlib.sha1).digest()
    headers = {"x-twilio-signature": base64.b64encode(signed).decode()}
    delivery = Delivery("POST", URL, headers, b"To=&From=&Body=%C4%85%C5%BE%3F")

    assert verify("twilio", SECRET, delivery, NOW_MS)


def by_twilio(url: str, form: bytes, signed: str) -> Delivery:
    """Return a delivery whose sender signed its URL and a text of its own."""
    digest = hmac.digest(SECRET.encode(), (url + signed).encode(), "sha1")
    headers = {"x-twilio-signature": base64.b64encode(digest).decode()}
    return Delivery("POST", url, headers, form)


@pytest.mark.parametrize(
    ("form", "signed"),
    [
        (b"A=2&A=1", "A1A2"),
        (b"A=1&B=&A=1", "A1B"),
        (b"A=&A=1&A=", "AA1"),
        (b"b=1&B=2&a=3", "B2a3b1"),
        (b"Body=it%27s+100%25", "Bodyit's 100%"),
        (b"Body=it's", "Bodyit's"),
        (b"Body=%F0%9F%98%80", "Body😀"),
        (b"", ""),
    ],
)
def test_twilio_signs_fields_as_they_are_read_and_in_order(form: bytes, signed: str) -> None:
    assert verify("twilio", SECRET, by_twilio(URL, form, signed), NOW_MS)
    assert refusal("twilio", SECRET, by_twilio(URL, form + b"&C=1", signed)) == WRONG


@pytest.mark.parametrize(
    ("query", "alike"),
    [
        ("a=it's", "a=it%27s"),
        ("a=%27&b=%2F", "a=%27&b=/"),
        ("a=x+y", "a=x%20y"),
        ("a=%c3%a9", "a=%C3%A9"),
        ("a=&b", "a&b="),
        ("b=2&a=1&a=1", "a=1&a=1&b=2"),
    ],
)
@pytest.mark.parametrize("port", ["", ":443", ":8443"])
def test_twilio_signs_a_query_as_it_is_written(query: str, alike: str, port: str) -> None:
    url = f"https://isolambda.test{port}/v2/webhooks/1?"

    for one, other in ((query, alike), (alike, query)):
        delivery = by_twilio(url + one, b"A=1", "A1")
        assert verify("twilio", SECRET, delivery, NOW_MS)
        assert refusal("twilio", SECRET, replace(delivery, url=url + other)) == WRONG


@pytest.mark.parametrize("body", [b"", b'{"a":"\xff"}', '{"a":"😀"}'.encode(), b"A=1"])
def test_twilio_signs_the_hash_of_a_body_whatever_that_is(body: bytes) -> None:
    url = f"{URL}?a=it's&bodySHA256={hashlib.sha256(body).hexdigest()}"

    assert verify("twilio", SECRET, by_twilio(url, body, ""), NOW_MS)
    assert refusal("twilio", SECRET, by_twilio(url, body + b" ", "")) == WRONG
    assert refusal("twilio", SECRET, by_twilio(url, body, "A1")) == WRONG


@pytest.mark.parametrize(
    "url",
    [
        "https://mycompany.com/myapp.php?foo=1&bar=3",
        "https://mycompany.com/myapp.php?foo=1",
        "https://another.com/myapp.php?foo=1&bar=2",
        "http://mycompany.com/myapp.php?foo=1&bar=2",
        "https://[mycompany.com:1/\n\udcff",
        "",
    ],
)
def test_with_another_url_a_delivery_of_twilio_is_refused(url: str) -> None:
    assert refusal("twilio", TWILIO_SECRET, replace(TWILIO, url=url)) == WRONG


@pytest.mark.parametrize("body", [b"", b"&", b'{"property": "other"}', TWILIO_FORM])
def test_a_body_whose_hash_twilio_signed_is_that_and_no_other(body: bytes) -> None:
    assert refusal("twilio", TWILIO_SECRET, replace(TWILIO_JSON, body=body)) == WRONG


def test_json_of_twilio_whose_hash_is_not_signed_is_refused() -> None:
    for body in (TWILIO_JSON.body, b"\xff"):
        assert refusal("twilio", TWILIO_SECRET, replace(TWILIO, body=body)) == WRONG


def test_more_fields_than_are_read_of_twilio_are_named_with_the_limit() -> None:
    fields = "&".join(["a=1"] * (WEBHOOK_FORM_FIELDS + 1))

    form = refusal("twilio", TWILIO_SECRET, replace(TWILIO, body=fields.encode()))
    query = refusal("twilio", TWILIO_SECRET, replace(TWILIO, url=f"{URL}?{fields}"))

    assert form == "the form has more than 1000 fields"
    assert query == "the query has more than 1000 fields"


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": f"bearer {SECRET}"},
        {"authorization": "Basic abc", "x-webhook-token": SECRET},
        {"authorization": "Bearer another", "x-webhook-token": SECRET},
    ],
)
def test_a_token_may_come_in_either_header(headers: dict[str, str]) -> None:
    assert verify("token", SECRET, Delivery("POST", URL, headers, b""), NOW_MS)


@pytest.mark.parametrize(
    ("headers", "cause"),
    [
        ({}, NO_TOKEN),
        ({"authorization": f"Basic {SECRET}"}, NO_TOKEN),
        ({"authorization": SECRET}, NO_TOKEN),
        ({"authorization": "Bearer"}, "the token is wrong"),
        ({"authorization": f"Bearer {SECRET} "}, "the token is wrong"),
        ({"x-webhook-token": ""}, "the token is wrong"),
        ({"x-webhook-token": SECRET[:-1]}, "the token is wrong"),
        ({"x-webhook-token": "\udcff"}, "the token is wrong"),
    ],
)
def test_without_the_token_a_delivery_is_refused(headers: dict[str, str], cause: str) -> None:
    assert refusal("token", SECRET, Delivery("POST", URL, headers, BODY)) == cause


def test_with_a_token_the_sender_may_say_what_tells_a_delivery_from_others() -> None:
    def genuine(**headers: str) -> str:
        return verify("token", SECRET, token(x_webhook_token=SECRET, **headers), NOW_MS)

    assert genuine() != genuine()
    assert genuine(x_request_id="") != genuine(x_request_id="")
    assert genuine(webhook_id="1") == genuine(webhook_id="1", idempotency_key="2")
    assert genuine(webhook_id="1") != genuine(webhook_id="2")
    assert genuine(idempotency_key="1") == genuine(idempotency_key="1", x_request_id="2")
    assert genuine(x_request_id="ąž") == genuine(x_request_id="ąž")


# https://docs.slack.dev/authentication/verifying-requests-from-slack
SLACK = Delivery(
    "POST",
    URL,
    {
        "x-slack-request-timestamp": "1531420618",
        "x-slack-signature": (
            "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
        ),
    },
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow"
    b"&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner"
    b"&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands"
    b"%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
    b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c",
)


def test_slack_s_own_example_is_genuine() -> None:
    secret = "8f742231b10e8888abcd99yyyzzz85a5"  # noqa: S105

    assert verify("slack", secret, SLACK, 1_531_420_618_000)


CLAIMS = {"iat": NOW_S, "jti": "1", "payload_hash": sha256(BODY)}


@pytest.mark.parametrize(
    ("delivery", "cause"),
    [
        (by_hand({"alg": "none"}, CLAIMS), "is not signed with HS256"),
        (by_hand({"alg": "HS512"}, CLAIMS), "is not signed with HS256"),
        (by_hand({}, CLAIMS), "is not signed with HS256"),
        (by_hand([], CLAIMS), "is no JSON Web Token"),
        (by_hand({"alg": "HS256"}, []), "is no JSON Web Token"),
        (vonage(iat=None), "has no time in iat"),
        (vonage(iat=True), "has no time in iat"),
        (vonage(iat=str(NOW_S)), "has no time in iat"),
        (vonage(payload_hash=None), WRONG),
        (vonage(payload_hash=1), WRONG),
        (vonage(payload_hash=sha256(b"other")), WRONG),
    ],
)
def test_a_token_of_vonage_s_chooses_nothing_itself(delivery: Delivery, cause: str) -> None:
    assert cause in refusal("vonage", SECRET, delivery)


def test_vonage_s_hash_may_be_in_capitals() -> None:
    assert verify("vonage", SECRET, vonage(payload_hash=sha256(BODY).upper()), NOW_MS)
