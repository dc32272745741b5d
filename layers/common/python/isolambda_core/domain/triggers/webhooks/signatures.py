"""Verify the signature of a delivery to a webhook, in the form of its sender.

github, stripe, twilio, vonage and slack sign as their documentation says; plain is Standard
Webhooks (https://www.standardwebhooks.com) or an HMAC over the time and the body, which a shell can
compute; token signs nothing and shows the secret.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Mapping

from isolambda_core.domain.executions.callbacks import signature_of
from isolambda_core.domain.json_text import InvalidJsonError, parse
from isolambda_core.domain.limits import WEBHOOK_ID_CHARACTERS, WEBHOOK_TOLERANCE_S
from isolambda_core.domain.triggers.errors import WebhookRefusedError
from isolambda_core.domain.triggers.webhooks.deliveries import (
    Delivery,
    demand_one,
    header,
)
from isolambda_core.domain.triggers.webhooks.secrets import keys_of

__all__ = ["SIGNATURES", "Delivery", "verify"]

_SECONDS = re.compile(r"[1-9][0-9]{0,11}")
_HEXADECIMAL = re.compile("sha256=[0-9a-f]{64}", re.IGNORECASE)
# ASCII, and no dot: that ends it where it is signed.
_MESSAGE_ID = re.compile(rf"[!-\-/-~]{{1,{WEBHOOK_ID_CHARACTERS}}}")
_NOTATIONS = ("webhook-", "svix-")
"""Prefixes of the headers of Standard Webhooks and of Svix, which are the same otherwise."""
_STANDARD = ("id", "timestamp", "signature")
_OWN = ("x-signature-timestamp", "x-signature")
_SLACK = ("x-slack-request-timestamp", "x-slack-signature")
_EVENT_ID_HEADERS = ("webhook-id", "idempotency-key", "x-request-id")


def verify(signature: str, secret: str, delivery: Delivery, now_ms: int) -> str:
    """Verify a delivery, and return its id: 64 hexadecimal digits.

    The id derives from the signed parts, so a delivery that its sender repeats has the same id.
    ``signature`` is one of ``SIGNATURES``; ``now_ms`` is in Unix milliseconds.

    Raises:
        WebhookRefusedError: the signature is missing, wrong, or was made too long ago or ahead.
    """
    return _FORMS[signature](secret, delivery, now_ms)


def _plain(secret: str, delivery: Delivery, now_ms: int) -> str:
    notation = _standard_notation(delivery)
    if notation is not None:
        return _standard(notation, secret, delivery, now_ms)
    at_s = _seconds(header(delivery, _OWN[0]), _OWN[0])
    signed = b"%d." % at_s + delivery.body
    _demand_hexadecimal(secret, signed, delivery, _OWN[1])
    _demand_recent(at_s, now_ms)
    return _sha256(signed)


def _standard_notation(delivery: Delivery) -> str | None:
    """Return how the headers begin of a sender that signs as Standard Webhooks; else None.

    Who sends all of ours may use an id of theirs beside them.
    """
    own = all(delivery.headers.get(name) for name in _OWN)
    for notation in _NOTATIONS:
        names = [f"{notation}{part}" for part in _STANDARD]
        if any(name in delivery.headers for name in (names[-1:] if own else names)):
            return notation
    return None


def _standard(notation: str, secret: str, delivery: Delivery, now_ms: int) -> str:
    named, timed, signed = (f"{notation}{part}" for part in _STANDARD)
    message_id = header(delivery, named)
    if _MESSAGE_ID.fullmatch(message_id) is None:
        rule = f"1 to {WEBHOOK_ID_CHARACTERS} characters of ASCII, without a blank or a dot"
        raise WebhookRefusedError(f"{named} is not {rule}")
    at_s = _seconds(header(delivery, timed), timed)
    given = header(delivery, signed).split(" ")
    if not any(each.startswith("v1,") for each in given):
        raise WebhookRefusedError(f"v1 of {signed} is missing")
    keys = keys_of(secret)
    if not keys:
        raise WebhookRefusedError("the secret of the trigger is none of Standard Webhooks")
    demand_one(given, *(signature_of(key, message_id, at_s, delivery.body) for key in keys))
    _demand_recent(at_s, now_ms)
    return _sha256(_bytes(message_id))


def _github(secret: str, delivery: Delivery, _now_ms: int) -> str:
    digest = _demand_hexadecimal(secret, delivery.body, delivery, "x-hub-signature-256")
    return _sha256(digest)


def _stripe(secret: str, delivery: Delivery, now_ms: int) -> str:
    given = header(delivery, "stripe-signature").split(",")
    parts = [part.strip().partition("=") for part in given]
    times = [value for name, _, value in parts if name == "t"]
    signatures = [value for name, _, value in parts if name == "v1"]
    for name, values in (("t", times), ("v1", signatures)):
        if not values:
            raise WebhookRefusedError(f"{name} of stripe-signature is missing")
    if len(times) > 1:
        raise WebhookRefusedError("stripe-signature has more than one t")
    at_s = _seconds(times[0], "t of stripe-signature")
    signed = b"%d." % at_s + delivery.body
    demand_one(signatures, hmac.digest(_bytes(secret), signed, "sha256").hex())
    _demand_recent(at_s, now_ms)
    # Stripe signs each attempt again; the event in the body keeps its id.
    return _sha256(_id_in(delivery.body) or signed)


def _id_in(body: bytes) -> bytes | None:
    try:
        event = parse(body)
    except InvalidJsonError:
        return None
    event_id = event.get("id") if isinstance(event, Mapping) else None
    return _bytes(event_id) if isinstance(event_id, str) else None


def _twilio(secret: str, delivery: Delivery, _now_ms: int) -> str:
    from isolambda_core.domain.triggers.webhooks import twilio  # noqa: PLC0415 - few have it

    return _sha256(twilio.signed(_bytes(secret), delivery))


def _vonage(secret: str, delivery: Delivery, now_ms: int) -> str:
    from isolambda_core.domain.triggers.webhooks import vonage  # noqa: PLC0415 - few have it

    named, at_s = vonage.signed(_bytes(secret), delivery)
    _demand_recent(at_s, now_ms)
    return _sha256(named)


def _slack(secret: str, delivery: Delivery, now_ms: int) -> str:
    at_s = _seconds(header(delivery, _SLACK[0]), _SLACK[0])
    signed = b"v0:%d:" % at_s + delivery.body
    digest = hmac.digest(_bytes(secret), signed, "sha256").hex()
    demand_one([header(delivery, _SLACK[1]).lower()], f"v0={digest}")
    _demand_recent(at_s, now_ms)
    return _sha256(signed)


def _token(secret: str, delivery: Delivery, _now_ms: int) -> str:
    scheme, _, bearer = delivery.headers.get("authorization", "").partition(" ")
    given = [bearer] if scheme.lower() == "bearer" else []
    if "x-webhook-token" in delivery.headers:
        given.append(delivery.headers["x-webhook-token"])
    if not given:
        raise WebhookRefusedError(
            "the token in authorization: Bearer or x-webhook-token is missing"
        )
    demand_one(given, secret, otherwise="the token is wrong")
    for name in _EVENT_ID_HEADERS:
        if delivery.headers.get(name):
            return _sha256(_bytes(delivery.headers[name]))
    return secrets.token_hex(32)


def _seconds(text: str, name: str) -> int:
    if _SECONDS.fullmatch(text) is None:
        raise WebhookRefusedError(f"{name} is not in seconds")
    return int(text)


def _demand_recent(at_s: int, now_ms: int) -> None:
    if abs(now_ms - at_s * 1000) > WEBHOOK_TOLERANCE_S * 1000:
        raise WebhookRefusedError("the signature is too old, or ahead of its time")


def _demand_hexadecimal(secret: str, signed: bytes, delivery: Delivery, name: str) -> bytes:
    """Return the HMAC-SHA256 of what is signed, if a header has it, in letters of either case."""
    given = header(delivery, name)
    if _HEXADECIMAL.fullmatch(given) is None:
        raise WebhookRefusedError(f"{name} is not sha256= and 64 hexadecimal digits")
    digest = hmac.digest(_bytes(secret), signed, "sha256")
    demand_one([given.lower()], f"sha256={digest.hex()}")
    return digest


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _sha256(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()


_FORMS: Mapping[str, Callable[[str, Delivery, int], str]] = {
    "plain": _plain,
    "github": _github,
    "stripe": _stripe,
    "twilio": _twilio,
    "vonage": _vonage,
    "slack": _slack,
    "token": _token,
}
SIGNATURES = tuple(_FORMS)
"""How deliveries can be signed; the first where a trigger does not say."""
