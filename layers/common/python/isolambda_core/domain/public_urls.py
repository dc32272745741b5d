"""The URLs of the service from outside, if a proxy stands in front of it.

Any client can send these headers, so the API shows the URLs to that client only, or tries them
against a signature that the client cannot forge.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address

HOST = r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?"
"""Pattern of a host, with its port or without; ``is_host`` says which of them a URL may have."""
_PREFIX = r"(?:/[A-Za-z0-9._~%!$&'()*+=:@-]+)*"
PUBLIC_URL = rf"^https?://{HOST}{_PREFIX}$"
"""Pattern of the URL that an operator sets, which has no slash at its end."""

_FORWARDED = re.compile(r'(?:^|[;,])\s*(host|proto)\s*=\s*"?([^";,\s]+)"?', re.IGNORECASE)
_PARTS = re.compile(r"(?:\[(.*)\]|([^:]*))(?::(.*))?")
_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0[xX][0-9A-Fa-f]*)")
_PORT_MAX = 65_535
_SCHEMES = ("https", "http")
_DEFAULT_PORTS = ("", "80", "443")


@lru_cache(1_024)
def is_host(text: str) -> bool:
    """Return whether a URL may have this host, with its port or without.

    A name that ends in a number is an address of IPv4, as it is in the URLs of the web platform.
    """
    parts = _PARTS.fullmatch(text) if re.fullmatch(HOST, text) else None
    if parts is None:
        return False
    six, name, port = parts.groups()
    try:
        if six is not None:
            IPv6Address(six)
        elif _NUMBER.fullmatch(name.removesuffix(".")):
            IPv4Address(name.removesuffix("."))
    except ValueError:
        return False
    return port is None or int(port) <= _PORT_MAX


def base_urls(
    scheme: str, headers: Mapping[str, str], public_url: str | None = None
) -> tuple[str, ...]:
    """Return the few URLs, without a path, that a client may use for the service.

    The likeliest is the first: the operator's, or the one in the forwarded headers (RFC 7239, and
    ``X-Forwarded-Proto``, ``-Host``, ``-Port`` and ``-Prefix``), or the request's own; each is
    there by HTTP and by HTTPS. ``headers`` have lower-case names, and commas between the values of
    a repeated header. The first value is the outermost proxy's.
    """
    # Reversed, so that the first of each name stays.
    found = reversed(_FORWARDED.findall(headers.get("forwarded", "")))
    forwarded = {name.lower(): value for name, value in found}
    schemes = (_first(headers, "x-forwarded-proto"), forwarded.get("proto", ""), scheme)
    likeliest = next(each.lower() for each in schemes if each.lower() in _SCHEMES)
    proxied = (_first(headers, "x-forwarded-host"), forwarded.get("host", ""))
    hosts = [*filter(re.compile(HOST).fullmatch, proxied), headers.get("host", "")]
    port = _first(headers, "x-forwarded-port")
    if port not in _DEFAULT_PORTS and re.fullmatch(HOST, f"{hosts[0]}:{port}"):
        hosts.insert(0, f"{hosts[0]}:{port}")
    prefix = prefix_of(headers)
    urls = [
        f"{each}://{host}{prefix}"
        for host in hosts
        for each in dict.fromkeys((likeliest, *_SCHEMES))
    ]
    if public_url is not None:
        # A sender may know the service by HTTP where the operator says HTTPS, and the reverse.
        _, separator, place = public_url.partition("://")
        urls = [public_url, *(f"{each}{separator}{place}" for each in _SCHEMES), *urls]
    return tuple(dict.fromkeys(urls))


def prefix_of(headers: Mapping[str, str], public_url: str | None = None) -> str:
    """Return what the paths of the service begin with outside: the operator's, or the proxy's."""
    if public_url is not None:
        _, slash, path = public_url.partition("://")[2].partition("/")
        return slash + path
    prefix = _first(headers, "x-forwarded-prefix")
    return prefix if re.fullmatch(_PREFIX, prefix) else ""


def _first(headers: Mapping[str, str], name: str) -> str:
    return headers.get(name, "").partition(",")[0].strip()
