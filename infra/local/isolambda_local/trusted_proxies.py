"""The proxies whose word is taken for where a request comes from."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from isolambda_core.domain.errors import IsolambdaError

PROXIES_MAX: Final = 64
"""Networks of proxies that a server may trust."""
_REMEMBERED: Final = 4_096
_ADDRESS_CHARACTERS: Final = 45
_WRAPPED_BITS: Final = 96
"""What is before an address of IPv4 that IPv6 wraps."""


class InvalidProxyError(IsolambdaError):
    """A word names no proxies; ``str(error)`` says what it may be."""


class TrustedProxies:
    """The networks of the proxies in front of a server; without any, no peer is believed.

    ``words`` are addresses and networks, such as ``127.0.0.1``, ``10.0.0.0/8`` and ``fd00::/8``,
    each alone or several with commas between them, also with one at the end, as where a space
    between two makes them two words.

    Raises:
        InvalidProxyError: a word is something else, or there are more than ``PROXIES_MAX``.
    """

    def __init__(self, words: Sequence[str] = ()) -> None:
        named = [one.strip() for word in words for one in word.removesuffix(",").split(",")]
        if len(named) > PROXIES_MAX:
            raise InvalidProxyError(
                f"names {len(named)} proxies; at most {PROXIES_MAX} are allowed"
            )
        self._networks = tuple(map(_network, named))
        self._found = lru_cache(_REMEMBERED)(self._find)

    def trust(self, address: str) -> bool:
        """Return whether an address, of a peer or as :func:`address_of` returns it, is of them."""
        return bool(self._networks) and self._found(address)

    def _find(self, address: str) -> bool:
        plain = address_of(address.partition("%")[0])  # a peer may have a zone
        if plain is None:
            return False
        found = ip_address(plain)
        return any(found in network for network in self._networks)


def address_of(text: str) -> str | None:
    """Return an IP address in its one form, of IPv4 also where IPv6 wraps it; None for no address.

    A zone of IPv6 means something on one machine alone, so no address has one.
    """
    if len(text) > _ADDRESS_CHARACTERS or "%" in text:
        return None
    try:
        found = ip_address(text)
    except ValueError:
        return None
    wrapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return str(wrapped or found)


def _network(word: str) -> IPv4Network | IPv6Network:
    try:
        network = ip_network(word, strict=False)
    except ValueError as error:
        raise InvalidProxyError(
            f"{word!r} is neither an address nor a network, such as 127.0.0.1, 10.0.0.0/8 or "
            "fd00::/8"
        ) from error
    given = word.partition("/")[0]
    if network.prefixlen < network.max_prefixlen and ip_address(given) != network[0]:
        raise InvalidProxyError(f"{word!r} is an address within a network; write {network}")
    wrapped = network[0].ipv4_mapped if isinstance(network, IPv6Network) else None
    if wrapped is not None and network.prefixlen >= _WRAPPED_BITS:
        plain = IPv4Network((wrapped, network.prefixlen - _WRAPPED_BITS))
        raise InvalidProxyError(f"{word!r} wraps IPv4, which proxies have as such; write {plain}")
    return network
