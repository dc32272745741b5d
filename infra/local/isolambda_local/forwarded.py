"""What proxies say of a request: ``Forwarded`` (RFC 7239), or ``X-Forwarded-For`` and its like.

Each proxy adds a value at the right end of a list, which a client may have begun. So lists are read
from the right, through the values that trusted proxies wrote, to the first that tells of a peer
which is none of them: that one is the client, and what stands further left is its own word.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from isolambda_core.domain.public_urls import is_host
from isolambda_local.trusted_proxies import TrustedProxies, address_of

FORWARDED: Final = b"forwarded"
FOR, PROTO, HOST_NAME, PORT = (
    b"x-forwarded-%b" % name for name in (b"for", b"proto", b"host", b"port")
)
PREFIX: Final = b"x-forwarded-prefix"
NAMES: Final = frozenset((FORWARDED, FOR, PROTO, HOST_NAME, PORT, PREFIX))
"""The headers by which proxies tell where a request comes from, in lower case."""

_HOPS: Final = 16
"""Values that are looked at, from the right."""
_ELEMENT_CHARACTERS: Final = 1_024
_NODE_CHARACTERS: Final = 80
"""An address in brackets, and its port."""
_PAIR: Final = re.compile(
    r"""[ \t]*+ ([!#$%&'*+.^_`|~0-9A-Za-z-]++) = (?: "([^"\\]*+)" | ([^;,"\s]*+) )
    [ \t]*+ (?:;|$)""",
    re.VERBOSE,
)
_NODE: Final = re.compile(
    r"(?:\[(?P<six>[^\]]*)\]|(?P<four>[^:\[\]]*))(?::[0-9A-Za-z._-]{1,32})?|(?P<bare>[^\[\]]*)"
)
_WITH_PORT: Final = re.compile(r".*:[0-9]+")
_SCHEMES: Final = ("http", "https")
_DEFAULT_PORTS: Final = ("", "80", "443")


class AmbiguousForwardingError(Exception):
    """Both kinds of headers say where a request comes from, and one may be of the client."""


@dataclass(frozen=True, slots=True)
class Told:
    """What trusted proxies tell of a request; what they do not tell is None.

    Attributes:
        address: The address of the client, or of the last proxy that is known where that one does
            not tell it.
        scheme: ``http`` or ``https``, as the client asked.
        host: The host that the client asked, with its port or without.
        prefix: What the outermost proxy took from the front of the path.
    """

    address: str
    scheme: str | None
    host: str | None
    prefix: str | None


def told(headers: Mapping[bytes, str], host: str, peer: str, proxies: TrustedProxies) -> Told:
    """Return what the forwarding headers of a request of a trusted ``peer`` tell.

    ``headers`` have the lines of each of ``NAMES`` joined to one list, and ``host`` is what the
    request says itself.

    Raises:
        AmbiguousForwardingError: there is ``Forwarded``, and one of the others beside it. A proxy
            writes the one kind, and may pass on the other as its client sent it.
    """
    if FORWARDED in headers:
        if not {FOR, PROTO, HOST_NAME, PORT}.isdisjoint(headers):
            raise AmbiguousForwardingError
        elements = [*_elements(headers[FORWARDED])]
        nodes = [None if each is None else each.get("for", "") for each in elements]
        address, hops = _client(nodes, peer, proxies)
        of_hops = [each or {} for each in elements[: max(1, hops)]]
        # What the proxy next to the client says, if it says that.
        scheme, name = (
            next((each[key] for each in reversed(of_hops) if key in each), "")
            for key in ("proto", "host")
        )
        port = ""
    else:
        address, hops = _client(_values(headers.get(FOR, "")), peer, proxies)
        scheme, name, port = (_value(headers, each, hops) for each in (PROTO, HOST_NAME, PORT))
    return Told(
        address,
        scheme.lower() if scheme.lower() in _SCHEMES else None,
        _host(name, host, port),
        _value(headers, PREFIX, hops) or None,
    )


def _client(
    nodes: list[str | None] | list[str], peer: str, proxies: TrustedProxies
) -> tuple[str, int]:
    """Return the address of the client, and how many values from the right tell of it.

    A value that is no address, as where a proxy hides it, leaves the proxy that wrote it.
    """
    address = peer
    for hops, node in enumerate(nodes, 1):
        found = None if node is None else _address(node)
        if found is None:
            return address, hops
        address = found
        if not proxies.trust(address):
            return address, hops
    return address, len(nodes)


def _address(node: str) -> str | None:
    """Return the address in a node, which may have a port, brackets, or be hidden or unknown."""
    return None if len(node) > _NODE_CHARACTERS else _remembered(node)


@lru_cache(4_096)
def _remembered(node: str) -> str | None:
    found = _NODE.fullmatch(node)
    return None if found is None else address_of(next(filter(None, found.groups()), ""))


def _values(text: str) -> list[str]:
    """Return the last values of a list, the last one first."""
    return [value.strip(" \t") for value in text.rsplit(",", _HOPS)[-_HOPS:][::-1]] if text else []


def _value(headers: Mapping[bytes, str], name: bytes, hops: int) -> str:
    """Return the value that the proxy next to the client wrote, or the one nearest to that."""
    values = _values(headers.get(name, ""))[: max(1, hops)]
    return values[-1] if values else ""


def _elements(text: str) -> Iterator[Mapping[str, str] | None]:
    """Yield the last elements of ``Forwarded``, the last one first; None is one that is malformed.

    No value may have a comma, though one in quotes could: so each element is read by itself, and a
    quote that the client left open swallows nothing of what a proxy wrote.
    """
    return map(_element, _values(text))


def _element(text: str) -> Mapping[str, str] | None:
    pairs: dict[str, str] = {}
    at = 0
    while at < len(text):
        pair = _PAIR.match(text, at)
        if pair is None or len(text) > _ELEMENT_CHARACTERS or pair[1].lower() in pairs:
            return None
        pairs[pair[1].lower()] = pair[2] or pair[3] or ""
        at = pair.end()
    return pairs


def _host(name: str, own: str, port: str) -> str | None:
    """Return the host that the client asked; None if it is the one that the request names."""
    host = name if is_host(name) else own
    if port not in _DEFAULT_PORTS and not _WITH_PORT.fullmatch(host):
        host = f"{host}:{port}"
    return host if host != own and is_host(host) else None
