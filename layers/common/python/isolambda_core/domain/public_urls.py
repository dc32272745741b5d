"""By which URLs the service is known outside, where a proxy may stand in front of it.

A header is the word of whoever sends it, so that these are told to them alone, or tried against a
signature that none of them can make.
"""

import re
from collections.abc import Iterable, Mapping

_HOST = r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?"
_PREFIX = r"(?:/[A-Za-z0-9._~%!$&'()*+=:@-]+)*"
PUBLIC_URL = rf"^https?://{_HOST}{_PREFIX}$"
"""The URL by which an operator says that the service is reached, without a slash at its end."""

_FORWARDED = re.compile(r'(?:^|[;,])\s*(host|proto)\s*=\s*"?([^";,\s]+)"?', re.IGNORECASE)
_SCHEMES = ("https", "http")
_DEFAULT_PORTS = ("", "80", "443")
_PROXIES = 2
"""How many proxies in front of each other are heard."""


def base_urls(
    scheme: str, headers: Mapping[str, str], public_url: str | None = None
) -> tuple[str, ...]:
    """Return the URLs, without a path, by which a client may know the service.

    The likeliest is the first: the operator's own, or what forwarded headers say (RFC 7239, and
    ``X-Forwarded-Proto``, ``-Host``, ``-Port`` and ``-Prefix``), or what was asked for. ``headers``
    have lower-case names, and those that came several times commas between.
    """
    said = [
        (name.lower(), value) for name, value in _FORWARDED.findall(headers.get("forwarded", ""))
    ]
    proxied = [
        *_listed(headers, "x-forwarded-host"),
        *[value for name, value in said if name == "host"][:_PROXIES],
    ]
    hosts = [host for host in proxied if re.fullmatch(_HOST, host)]
    protocols = [
        *_listed(headers, "x-forwarded-proto"),
        *[value for name, value in said if name == "proto"],
        scheme,
    ]
    first = next(each.lower() for each in protocols if each.lower() in _SCHEMES)
    prefixes = [
        each for each in _listed(headers, "x-forwarded-prefix") if re.fullmatch(_PREFIX, each)
    ]
    urls = [
        f"{protocol}://{host}{prefix}"
        for host in _with_port([*hosts, headers.get("host", "")], headers)
        for protocol in dict.fromkeys((first, *_SCHEMES))
        for prefix in dict.fromkeys((*prefixes[:1], ""))
    ]
    return tuple(dict.fromkeys([*([] if public_url is None else [public_url]), *urls]))


def _with_port(hosts: Iterable[str], headers: Mapping[str, str]) -> Iterable[str]:
    """Return hosts, the first of them also with the port that a proxy says it listens on."""
    first, *others = dict.fromkeys(hosts)
    port = next(iter(_listed(headers, "x-forwarded-port")), "")
    if port not in _DEFAULT_PORTS and re.fullmatch(f"{_HOST}", f"{first}:{port}"):
        return (f"{first}:{port}", first, *others)
    return (first, *others)


def _listed(headers: Mapping[str, str], name: str) -> list[str]:
    return [each.strip() for each in headers.get(name, "").split(",")][:_PROXIES]
