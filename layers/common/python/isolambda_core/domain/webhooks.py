"""Whether a delivery to a webhook is genuine, in the form that its sender signs.

github, stripe and twilio sign as their documentation says; plain is Standard Webhooks
(https://www.standardwebhooks.com) or, for whom a shell must do, an HMAC over the time and the
body; token signs nothing and shows the secret.
"""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs

from isolambda_core.domain.callbacks import key_of, signature_of
from isolambda_core.domain.errors import WebhookRefusedError
from isolambda_core.domain.json_text import InvalidJsonError, parse
from isolambda_core.domain.limits import WEBHOOK_FORM_FIELDS, WEBHOOK_TOLERANCE_S

_WRONG = "the signature is wrong"
_SECONDS = re.compile(r"[1-9][0-9]{0,11}")
_MESSAGE_ID = re.compile(r"[!-\-/-~]{1,256}")  # ASCII, and no dot: that ends it where it is signed
_URL = re.compile(r"(?P<scheme>https?)(?P<host>://[^/?#]*?)(?P<port>:[0-9]+)?(?P<rest>[/?#].*)?")
_DEFAULT_PORTS: Mapping[str, str] = {"http": ":80", "https": ":443"}
_EVENT_ID_HEADERS = ("webhook-id", "idempotency-key", "x-request-id")


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came in: ``url`` as the sender called it, ``headers`` by lower-case names."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


def verify(signature: str, secret: str, delivery: Delivery, now_ms: int) -> str:
    """Return what tells a delivery, signed with ``secret``, from others: 64 hexadecimal digits.

    It is made of what is signed, so that the same delivery has the same id however often somebody
    sends it. ``signature`` is one of ``SIGNATURES``; ``now_ms`` is in Unix milliseconds.

    Raises:
        WebhookRefusedError: the signature is missing, wrong, or was made too long ago or ahead.
    """
    return _FORMS[signature](secret, delivery, now_ms)


def _plain(secret: str, delivery: Delivery, now_ms: int) -> str:
    if "webhook-signature" in delivery.headers:
        return _standard(secret, delivery, now_ms)
    at_s = _seconds(_header(delivery, "x-signature-timestamp"))
    signed = b"%d." % at_s + delivery.body
    digest = hmac.digest(_bytes(secret), signed, "sha256")
    _demand_one([_header(delivery, "x-signature")], f"sha256={digest.hex()}")
    _demand_recent(at_s, now_ms)
    return _sha256(signed)


def _standard(secret: str, delivery: Delivery, now_ms: int) -> str:
    message_id = _header(delivery, "webhook-id")
    at_s = _seconds(_header(delivery, "webhook-timestamp"))
    key = key_of(secret)
    if key is None or _MESSAGE_ID.fullmatch(message_id) is None:
        raise WebhookRefusedError(_WRONG)
    given = _header(delivery, "webhook-signature").split(" ")
    _demand_one(given, signature_of(key, message_id, at_s, delivery.body))
    _demand_recent(at_s, now_ms)
    return _sha256(_bytes(message_id))


def _github(secret: str, delivery: Delivery, _now_ms: int) -> str:
    digest = hmac.digest(_bytes(secret), delivery.body, "sha256")
    _demand_one([_header(delivery, "x-hub-signature-256")], f"sha256={digest.hex()}")
    return _sha256(digest)


def _stripe(secret: str, delivery: Delivery, now_ms: int) -> str:
    parts = [part.partition("=") for part in _header(delivery, "stripe-signature").split(",")]
    times = [value for name, _, value in parts if name == "t"]
    if len(times) != 1:
        raise WebhookRefusedError(_WRONG)
    at_s = _seconds(times[0])
    signed = b"%d." % at_s + delivery.body
    digest = hmac.digest(_bytes(secret), signed, "sha256")
    _demand_one([value for name, _, value in parts if name == "v1"], digest.hex())
    _demand_recent(at_s, now_ms)
    # It is signed anew for each attempt; what it tells of keeps its id.
    return _sha256(_id_in(delivery.body) or signed)


def _id_in(body: bytes) -> bytes | None:
    try:
        event = parse(body)
    except InvalidJsonError:
        return None
    event_id = event.get("id") if isinstance(event, Mapping) else None
    return _bytes(event_id) if isinstance(event_id, str) else None


def _twilio(secret: str, delivery: Delivery, _now_ms: int) -> str:
    given = _bytes(_header(delivery, "x-twilio-signature"))
    fields = _twilio_fields(delivery)
    for url in _twilio_urls(delivery.url):
        digest = hmac.digest(_bytes(secret), _bytes(url + fields), "sha1")
        if hmac.compare_digest(given, base64.b64encode(digest)):
            return _sha256(digest)
    raise WebhookRefusedError(_WRONG)


def _twilio_fields(delivery: Delivery) -> str:
    """Return what is signed besides the URL: a form's fields; nothing where it says the body."""
    query = delivery.url.partition("?")[2].partition("#")[0]
    try:
        said = parse_qs(query, max_num_fields=WEBHOOK_FORM_FIELDS).get("bodySHA256")
        if said is not None:
            _demand_one(said, hashlib.sha256(delivery.body).hexdigest())
            return ""
        fields = parse_qs(
            delivery.body.decode("utf-8", "replace"),
            keep_blank_values=True,
            max_num_fields=WEBHOOK_FORM_FIELDS,
        )
    except ValueError as error:  # more fields
        raise WebhookRefusedError(_WRONG) from error
    return "".join(name + value for name in sorted(fields) for value in sorted({*fields[name]}))


def _twilio_urls(url: str) -> list[str]:
    """Return the URL with its port and without: Twilio signs one or the other."""
    found = _URL.fullmatch(url)
    if found is None:
        return [url]
    scheme, host, port, rest = found.group("scheme", "host", "port", "rest")
    return [f"{scheme}{host}{each}{rest or ''}" for each in (port or _DEFAULT_PORTS[scheme], "")]


def _token(secret: str, delivery: Delivery, _now_ms: int) -> str:
    scheme, _, bearer = delivery.headers.get("authorization", "").partition(" ")
    given = [bearer] if scheme.lower() == "bearer" else []
    if "x-webhook-token" in delivery.headers:
        given.append(delivery.headers["x-webhook-token"])
    if not given:
        raise WebhookRefusedError("the token is missing")
    _demand_one(given, secret, "the token is wrong")
    for name in _EVENT_ID_HEADERS:
        if delivery.headers.get(name):
            return _sha256(_bytes(delivery.headers[name]))
    return secrets.token_hex(32)


def _header(delivery: Delivery, name: str) -> str:
    if name not in delivery.headers:
        raise WebhookRefusedError(f"{name} is missing")
    return delivery.headers[name]


def _seconds(text: str) -> int:
    if _SECONDS.fullmatch(text) is None:
        raise WebhookRefusedError(_WRONG)
    return int(text)


def _demand_recent(at_s: int, now_ms: int) -> None:
    if abs(now_ms - at_s * 1000) > WEBHOOK_TOLERANCE_S * 1000:
        raise WebhookRefusedError("the signature is too old, or ahead of its time")


def _demand_one(given: Sequence[str], wanted: str, otherwise: str = _WRONG) -> None:
    """Let pass if one of those given is what is wanted, in a time that tells nothing of it."""
    if not any(hmac.compare_digest(_bytes(one), _bytes(wanted)) for one in given):
        raise WebhookRefusedError(otherwise)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _sha256(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()


_FORMS: Mapping[str, Callable[[str, Delivery, int], str]] = {
    "plain": _plain,
    "github": _github,
    "stripe": _stripe,
    "twilio": _twilio,
    "token": _token,
}
SIGNATURES = tuple(_FORMS)
"""How deliveries can be signed; the first where a trigger does not say."""
