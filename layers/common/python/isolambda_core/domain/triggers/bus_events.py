"""An event that an account publishes on the installation's own bus."""

from dataclasses import dataclass

EVENT_PREFIX = "isolambda:"


@dataclass(frozen=True, slots=True)
class BusEvent:
    """An event to publish: its source, its kind, and ``detail`` as JSON text.

    Amazon EventBridge's words; the bus adds an id and the time.
    """

    source: str
    detail_type: str
    detail: str


def resource_of(account_id: str) -> str:
    """Return the entry in ``resources`` of an account's events, which keeps accounts apart."""
    return f"{EVENT_PREFIX}{account_id}"
