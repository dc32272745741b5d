"""IP addresses, and which of them a client's URL may lead to."""

import re
import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

_NUMBER = re.compile("[0-9]+|0x[0-9a-f]*")
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
# Networks that is_global allows in some release of Python, and that no URL may lead to.
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


def may_be_public(host: str) -> bool:
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


def _embedded(ip: IPv6Address) -> IPv4Address | None:
    return IPv4Address(ip.packed[-4:]) if ip in _NAT64 else ip.ipv4_mapped
