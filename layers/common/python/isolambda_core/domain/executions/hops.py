"""How many fetches of functions, each for the one before, led to a request: ``CDN-Loop``.

The header is RFC 8586's, which proxies between functions are not to remove.
"""

import re
from typing import Final

HOPS_HEADER: Final = "cdn-loop"
_OURS: Final = re.compile(r"(?:^|,)\s*isolambda\s*;\s*hops=([0-9]{1,9})\s*(?=,|$)", re.IGNORECASE)

HOPS_ATTRIBUTE: Final = "isolambda-hops"
"""The attribute of a message that has the hops which led to it, of which functions see nothing."""


def header_of_hops(hops: int) -> str:
    """Return the value of the header of a request that so many fetches led to, itself included."""
    return f"isolambda; hops={hops}"


def hops_in(header: str) -> int:
    """Return how many fetches led to a request with this header; 0 where it does not say so."""
    return max((int(found) for found in _OURS.findall(header)), default=0)
