"""A public address that is this machine's own for a while, so that no test asks the internet."""

import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

# Of AS112 (RFC 7535): public by the registry of IANA, and no host that anybody asks for anything.
_NETWORK = "192.31.196"
_LAST = 254

# rtnetlink(7), of linux/rtnetlink.h and linux/netlink.h.
_RTM_NEWROUTE, _RTM_DELROUTE = 24, 25
_REQUEST_ACKNOWLEDGED, _REPLACE_CREATE = 0x5, 0x500
_RTA_DST, _RTA_OIF = 1, 4
_TABLE_LOCAL, _BY_ADMINISTRATOR, _SCOPE_HOST, _TYPE_LOCAL = 255, 4, 254, 2
_ERROR_CODE_AT = 16


@contextmanager
def public_address() -> Iterator[str]:
    """Take a public address for the machine's own, one for each process; root alone may.

    It is a route, for an address on a device is a change of the network, at which every browser of
    the machine breaks its connections off.
    """
    address = f"{_NETWORK}.{1 + os.getpid() % _LAST}"
    try:
        _change_route(_RTM_NEWROUTE, _REPLACE_CREATE, address)
    except PermissionError:
        pytest.skip("no right to add an address: NO FETCH TO A PUBLIC ONE WAS TESTED")
    try:
        yield address
    finally:
        _change_route(_RTM_DELROUTE, 0, address)


def _change_route(change: int, flags: int, address: str) -> None:
    route = struct.pack(
        "8BI",
        socket.AF_INET,
        32,
        0,
        0,
        _TABLE_LOCAL,
        _BY_ADMINISTRATOR,
        _SCOPE_HOST,
        _TYPE_LOCAL,
        0,
    )
    attributes = struct.pack("HH4s", 8, _RTA_DST, socket.inet_aton(address))
    attributes += struct.pack("HHI", 8, _RTA_OIF, socket.if_nametoindex("lo"))
    body = route + attributes
    head = struct.pack("IHHII", 16 + len(body), change, _REQUEST_ACKNOWLEDGED | flags, 1, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as kernel:
        kernel.sendto(head + body, (0, 0))
        (code,) = struct.unpack_from("i", kernel.recv(4_096), _ERROR_CODE_AT)
    if code:
        raise OSError(-code, os.strerror(-code))
