"""A delivery to a webhook, and the checks that all signatures share."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from isolambda_core.domain.triggers.errors import WebhookRefusedError

WRONG = "the signature is wrong"
"""Why a delivery is refused whose signature is there and is not ours."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery: ``headers`` have lower-case names, ``url`` is the one of the request.

    ``other_urls`` are those by which its sender may know the webhook instead, as behind a proxy.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    other_urls: Sequence[str] = ()


def header(delivery: Delivery, name: str) -> str:
    """Return a header, which the delivery must have.

    Raises:
        WebhookRefusedError: it is missing, or empty.
    """
    value = delivery.headers.get(name)
    if not value:
        raise WebhookRefusedError(f"{name} is missing")
    return value


def demand_one(given: Sequence[str], *wanted: str, otherwise: str = WRONG) -> None:
    """Let pass if one of those given is one that is wanted, in a time that tells nothing of it.

    Raises:
        WebhookRefusedError: none of them is.
    """
    if not any(
        hmac.compare_digest(
            one.encode("utf-8", "surrogatepass"), each.encode("utf-8", "surrogatepass")
        )
        for one in given
        for each in wanted
    ):
        raise WebhookRefusedError(otherwise)
