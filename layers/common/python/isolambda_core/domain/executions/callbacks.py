"""Callbacks: which URLs may get one, and how Isolambda signs it.

The signature follows Standard Webhooks (https://www.standardwebhooks.com), so any of its libraries
verifies a callback. What reads URLs is imported with the first: few executions have a callback.
"""

import base64
import hmac
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from isolambda_core.domain import limits
from isolambda_core.domain.errors import Violation

if TYPE_CHECKING:
    from isolambda_core.domain.endpoints import Endpoint

_PATH = ("callback",)
_SHOWN = "whsec_"


def derive_callback_secret(secret: bytes, account_id: str) -> bytes:
    """Return the 32 bytes of the key that signs the callbacks of an account."""
    return hmac.new(secret, f"callback:{account_id}".encode(), "sha256").digest()


def shown(key: bytes) -> str:
    """Return a key in the form that the API shows and libraries for Standard Webhooks read."""
    return _SHOWN + base64.b64encode(key).decode()


def signed_headers(key: bytes, message_id: str, at_s: int, body: bytes) -> Mapping[str, str]:
    """Return the headers of one attempt, at ``at_s`` in Unix seconds.

    ``message_id`` is the same for every attempt, so that the receiver recognizes a second delivery.
    """
    return {
        "content-type": "application/json",
        "user-agent": "Isolambda",
        "webhook-id": message_id,
        "webhook-timestamp": str(at_s),
        "webhook-signature": signature_of(key, message_id, at_s, body),
    }


def signature_of(key: bytes, message_id: str, at_s: int, body: bytes) -> str:
    """Return the signature of a message at ``at_s``, in Unix seconds."""
    signature = hmac.digest(key, f"{message_id}.{at_s}.".encode() + body, "sha256")
    return "v1," + base64.b64encode(signature).decode()


def check_callback(url: str, *, private: bool) -> Iterator[Violation]:
    """Yield the violations of a callback's URL; ``private`` is as in :func:`callback_endpoint`."""
    from isolambda_core.domain.addresses import may_be_public  # noqa: PLC0415 - see above

    endpoint = callback_endpoint(url[: limits.CALLBACK_URL_CHARACTERS], private=private)
    if len(url) > limits.CALLBACK_URL_CHARACTERS:
        yield Violation(_PATH, "maxLength", limits.CALLBACK_URL_CHARACTERS, url)
    elif endpoint is None:
        scheme = "http or https" if private else "https"
        message = f"Must be an {scheme} URL in ASCII, with a host, and without a user or a fragment"
        yield Violation(_PATH, "error", None, url, message)
    elif not private and not may_be_public(endpoint.host):
        message = f"Must lead to a public address, and {endpoint.host} is none"
        yield Violation(_PATH, "error", None, url, message)


def callback_endpoint(url: str, *, private: bool) -> "Endpoint | None":
    """Return the endpoint of a URL, or None if callbacks do not accept the URL.

    ``private`` also accepts plain HTTP. The caller checks the address.
    """
    from isolambda_core.domain.endpoints import endpoint_of  # noqa: PLC0415 - see above

    endpoint = endpoint_of(url)
    return endpoint if endpoint is not None and (private or endpoint.secure) else None
