"""The signature of Twilio: of the URL, and of the fields of a form.

https://www.twilio.com/docs/usage/security
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from urllib.parse import parse_qs

from isolambda_core.domain.limits import WEBHOOK_FORM_FIELDS
from isolambda_core.domain.triggers.errors import WebhookRefusedError
from isolambda_core.domain.triggers.webhooks.deliveries import (
    WRONG,
    Delivery,
    demand_one,
    header,
)

_URL = re.compile(r"(?P<scheme>https?)(?P<host>://[^/?#]*?)(?P<port>:[0-9]+)?(?P<rest>[/?#].*)?")
_DEFAULT_PORTS: Mapping[str, str] = {"http": ":80", "https": ":443"}


def signed(secret: bytes, delivery: Delivery) -> bytes:
    """Return the HMAC-SHA1 of a delivery that Twilio signed, for any URL that it may know.

    Raises:
        WebhookRefusedError: it did not.
    """
    given = header(delivery, "x-twilio-signature").encode("utf-8", "surrogatepass")
    fields = _fields(delivery)
    for url in _urls(delivery):
        digest = hmac.new(secret, url.encode("utf-8", "surrogatepass"), "sha1")
        digest.update(fields)
        if hmac.compare_digest(given, base64.b64encode(digest.digest())):
            return digest.digest()
    raise WebhookRefusedError(WRONG)


def _fields(delivery: Delivery) -> bytes:
    """Return what is signed besides the URL: a form's fields; nothing where it says the body."""
    query = _parsed(delivery.url.partition("?")[2].partition("#")[0], "query")
    if "bodySHA256" in query:
        demand_one(query["bodySHA256"], hashlib.sha256(delivery.body).hexdigest())
        return b""
    fields = _parsed(delivery.body.decode("utf-8", "replace"), "form")
    text = "".join(name + value for name in sorted(fields) for value in sorted({*fields[name]}))
    return text.encode("utf-8", "surrogatepass")


def _parsed(text: str, where: str) -> Mapping[str, list[str]]:
    try:
        return parse_qs(text, keep_blank_values=True, max_num_fields=WEBHOOK_FORM_FIELDS)
    except ValueError as error:
        cause = f"the {where} has more than {WEBHOOK_FORM_FIELDS} fields"
        raise WebhookRefusedError(cause) from error


def _urls(delivery: Delivery) -> list[str]:
    """Return each URL with its port, with that of its scheme, and without: Twilio signs either."""
    urls: list[str] = []
    for url in (delivery.url, *delivery.other_urls):
        found = _URL.fullmatch(url)
        if found is None:
            urls.append(url)
            continue
        scheme, host, port, rest = found.group("scheme", "host", "port", "rest")
        ports = (port or "", _DEFAULT_PORTS[scheme], "")
        urls += [f"{scheme}{host}{each}{rest or ''}" for each in ports]
    return list(dict.fromkeys(urls))
