"""By which URLs the service is known outside, where a proxy may stand in front of it.

A header is the word of whoever sends it, so that these are told to them alone, or tried against a
signature that none of them can make.
"""

import re
from collections.abc import Mapping

_HOST = r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?"
_PREFIX = r"(?:/[A-Za-z0-9._~%!$&'()*+=:@-]+)*"
PUBLIC_URL = rf"^https?://{_HOST}{_PREFIX}$"
"""The URL by which an operator says that the service is reached, without a slash at its end."""

_FORWARDED = re.compile(r'(?:^|[;,])\s*(host|proto)\s*=\s*"?([^";,\s]+)"?', re.IGNORECASE)
_SCHEMES = ("https", "http")
_DEFAULT_PORTS = ("", "80", "443")


def base_urls(
    scheme: str, headers: Mapping[str, str], public_url: str | None = None
) -> tuple[str, ...]:
    """Return the URLs, without a path, by which a client may know the service; a few at the most.

    The likeliest is the first: the operator's own, or what forwarded headers say (RFC 7239, and
    ``X-Forwarded-Proto``, ``-Host``, ``-Port`` and ``-Prefix``), or what was asked for. ``headers``
    have lower-case names, and those that came several times commas between; of several proxies the
    first is the outermost.
    """
    # Reversed, so that the first of each name stays.
    found = reversed(_FORWARDED.findall(headers.get("forwarded", "")))
    forwarded = {name.lower(): value for name, value in found}
    schemes = (_first(headers, "x-forwarded-proto"), forwarded.get("proto", ""), scheme)
    likeliest = next(each.lower() for each in schemes if each.lower() in _SCHEMES)
    proxied = (_first(headers, "x-forwarded-host"), forwarded.get("host", ""))
    hosts = [*filter(re.compile(_HOST).fullmatch, proxied), headers.get("host", "")]
    port = _first(headers, "x-forwarded-port")
    if port not in _DEFAULT_PORTS and re.fullmatch(_HOST, f"{hosts[0]}:{port}"):
        hosts.insert(0, f"{hosts[0]}:{port}")
    prefix = _first(headers, "x-forwarded-prefix")
    prefix = prefix if re.fullmatch(_PREFIX, prefix) else ""
    urls = [
        f"{each}://{host}{prefix}"
        for host in hosts
        for each in dict.fromkeys((likeliest, *_SCHEMES))
    ]
    return tuple(dict.fromkeys(urls if public_url is None else (public_url, *urls)))


def _first(headers: Mapping[str, str], name: str) -> str:
    return headers.get(name, "").partition(",")[0].strip()
