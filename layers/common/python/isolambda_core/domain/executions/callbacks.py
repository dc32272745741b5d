"""Callbacks: which URLs may get one, and how Isolambda signs it.

The signature follows Standard Webhooks (https://www.standardwebhooks.com), so any of its libraries
verifies a callback.
"""

import base64
import hmac
import re
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import (
    AddressValueError,
    IPv4Address,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from isolambda_core.domain import limits
from isolambda_core.domain.errors import Violation

_PATH = ("callback",)
_SHOWN = "whsec_"
_LABEL = r"[A-Za-z0-9_-]{1,63}"
# Narrower than RFC 3986: two parsers could read any other URL in two ways.
_URL = re.compile(
    rf"(?P<scheme>(?i:https?))://(?P<host>{_LABEL}(?:\.{_LABEL})*|\[[0-9A-Fa-f:.]+\])"
    r"(?::(?P<port>[1-9][0-9]{0,4}))?(?P<target>[/?][!-\"$-~]*)?"
)
_NUMBER = re.compile("[0-9]+|0x[0-9a-f]*")
_DEFAULT_PORTS: Mapping[str, int] = {"http": 80, "https": 443}
_PORT_MAX = 65_535

_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
# Networks that is_global allows in some release of Python, and that no callback may reach.
_SPECIAL = tuple(
    ip_network(block)
    for block in (
        "168.63.129.16/32",  # Azure's own services
        "192.0.0.0/24",  # IETF protocols; Oracle's metadata
        "192.88.99.0/24",  # relays to 6to4
        "2001::/23",  # IETF protocols, Teredo among them
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
    )
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a callback goes. ``authority`` is its Host header; ``host`` has no brackets."""

    secure: bool
    authority: str
    host: str
    port: int
    target: str


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
    """Yield the violations of a callback's URL; ``private`` is as in :func:`endpoint_of`."""
    endpoint = endpoint_of(url[: limits.CALLBACK_URL_CHARACTERS], private=private)
    if len(url) > limits.CALLBACK_URL_CHARACTERS:
        yield Violation(_PATH, "maxLength", limits.CALLBACK_URL_CHARACTERS, url)
    elif endpoint is None:
        scheme = "http or https" if private else "https"
        message = f"Must be an {scheme} URL in ASCII, with a host, and without a user or a fragment"
        yield Violation(_PATH, "error", None, url, message)
    elif not private and not _may_be_public(endpoint.host):
        message = f"Must lead to a public address, and {endpoint.host} is none"
        yield Violation(_PATH, "error", None, url, message)


def endpoint_of(url: str, *, private: bool) -> Endpoint | None:
    """Return the endpoint of a URL, or None if callbacks do not accept the URL.

    ``private`` also accepts plain HTTP. The caller checks the address.
    """
    found = _URL.fullmatch(url)
    if found is None:
        return None
    host, scheme = found["host"], found["scheme"].lower()
    if not (private or scheme == "https"):
        return None
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


def is_public(address: str) -> bool:
    """Return whether an IP address belongs to one machine of the internet.

    For an IPv6 address that stands for an IPv4 address, mapped or by NAT64, the latter decides.
    """
    ip = ip_address(address)
    if isinstance(ip, IPv6Address):
        ip = _embedded(ip) or ip
    if isinstance(ip, IPv6Address) and ip not in _GLOBAL_UNICAST:
        return False
    return ip.is_global and not ip.is_multicast and not any(ip in block for block in _SPECIAL)


def _may_be_public(host: str) -> bool:
    """Return whether a host is a public address, or a name, which may resolve to one."""
    if ":" in host:
        return is_public(host)
    *_, last = host.lower().split(".")
    if last == "localhost":  # RFC 6761: this machine, with any labels before it
        return False
    if _NUMBER.fullmatch(last) is None:
        return True
    try:
        # The resolver reads 127.1, 0x7f000001, 017700000001 and 2130706433 as 127.0.0.1.
        packed = socket.inet_aton(host)
    except OSError:  # no address, and no name ends with a number
        return False
    return is_public(socket.inet_ntoa(packed))


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except AddressValueError:
        return False
    return True


def _embedded(ip: IPv6Address) -> IPv4Address | None:
    return IPv4Address(ip.packed[-4:]) if ip in _NAT64 else ip.ipv4_mapped
