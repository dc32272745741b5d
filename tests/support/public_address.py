"""A public address that is this machine's own for a while, so that no test asks the internet."""

import fcntl
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

# Of AS112 (RFC 7535): public by the registry of IANA, and no host that anybody asks for anything.
_NETWORK = "192.31.196"
_LAST = 254
_SIOCSIFFLAGS = 0x8914
_SIOCSIFADDR = 0x8916
_SIOCSIFNETMASK = 0x891C


@contextmanager
def public_address() -> Iterator[str]:
    """Have a public address on the loopback device, one for each process; root alone may."""
    number = 1 + os.getpid() % _LAST
    address, label = f"{_NETWORK}.{number}", f"lo:{number}"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as device:
        try:
            fcntl.ioctl(device, _SIOCSIFADDR, _request(label, address))
        except PermissionError:
            pytest.skip("no right to add an address: NO FETCH TO A PUBLIC ONE WAS TESTED")
        try:
            fcntl.ioctl(device, _SIOCSIFNETMASK, _request(label, "255.255.255.255"))
            yield address
        finally:
            # An alias that is not up is none.
            fcntl.ioctl(device, _SIOCSIFFLAGS, struct.pack("16sH14x", label.encode(), 0))


def _request(label: str, address: str) -> bytes:
    name, family = label.encode(), socket.AF_INET
    return struct.pack("16sHH4s8x", name, family, 0, socket.inet_aton(address))
