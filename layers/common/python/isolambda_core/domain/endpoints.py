"""URLs that clients give, and where requests to them go."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv6Address
from typing import Final

_LABEL: Final = r"[A-Za-z0-9_-]{1,63}"
# Narrower than RFC 3986: two parsers could read any other URL in two ways.
_URL: Final = re.compile(
    rf"(?P<scheme>(?i:https?))://(?P<host>{_LABEL}(?:\.{_LABEL})*\.?|\[[0-9A-Fa-f:.]+\])"
    r"(?::(?P<port>[1-9][0-9]{0,4}))?(?P<target>[/?][!-\"$-~]*)?"
)
_DEFAULT_PORTS: Final[Mapping[str, int]] = {"http": 80, "https": 443}
_PORT_MAX: Final = 65_535


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a request goes. ``authority`` is its Host header; ``host`` has no brackets.

    Both are in lower case, and have no dot at the end of a name. ``authority`` has the port where
    it is not the scheme's own.
    """

    secure: bool
    authority: str
    host: str
    port: int
    target: str

    @property
    def scheme(self) -> str:
        """``https`` or ``http``."""
        return "https" if self.secure else "http"

    @property
    def origin(self) -> str:
        """Scheme, host and port, as a URL begins with them."""
        return f"{self.scheme}://{self.authority}"

    @property
    def url(self) -> str:
        """The URL that leads here."""
        return self.origin + self.target


def endpoint_of(url: str) -> Endpoint | None:
    """Return the endpoint of a URL in ASCII, over HTTP or HTTPS, without a user or a fragment.

    None if it is none. The caller checks the address.
    """
    found = _URL.fullmatch(url)
    if found is None:
        return None
    host, scheme = found["host"].lower().removesuffix("."), found["scheme"].lower()
    default = _DEFAULT_PORTS[scheme]
    port = int(found["port"] or default)
    if port > _PORT_MAX or (host.startswith("[") and not _is_ipv6(host.strip("[]"))):
        return None
    target = found["target"] or "/"
    return Endpoint(
        secure=scheme == "https",
        authority=host if port == default else f"{host}:{port}",
        host=host.strip("[]"),
        port=port,
        target=target if target.startswith("/") else f"/{target}",
    )


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except AddressValueError:
        return False
    return True
