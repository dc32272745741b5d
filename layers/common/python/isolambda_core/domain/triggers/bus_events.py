"""An event that an account publishes on the installation's own bus."""

import re
from dataclasses import dataclass

EVENT_PREFIX = "isolambda:"
_HOPS = re.compile(rf"{EVENT_PREFIX}hops=([0-9]{{1,9}})")


@dataclass(frozen=True, slots=True)
class BusEvent:
    """An event to publish: its source, its kind, and ``detail`` as JSON text.

    Amazon EventBridge's words; the bus adds an id and the time. ``hops`` are as of ``Origin``.
    """

    source: str
    detail_type: str
    detail: str
    hops: int = 0


def resource_of(account_id: str) -> str:
    """Return the entry in ``resources`` of an account's events, which keeps accounts apart."""
    return f"{EVENT_PREFIX}{account_id}"


def resources_of(account_id: str, hops: int) -> list[str]:
    """Return the ``resources`` of an event of an account, of which functions see nothing.

    There ``hops`` travel over the bus, if there are any.
    """
    own = resource_of(account_id)
    return [own, f"{EVENT_PREFIX}hops={hops}"] if hops else [own]


def hops_among(resources: object) -> int:
    """Return the hops in the ``resources`` of an event; 0 where there are none."""
    named = resources if isinstance(resources, list) else []
    found = [_HOPS.fullmatch(each) for each in named if isinstance(each, str)]
    return max((int(each[1]) for each in found if each), default=0)
