"""Where a URL of a function leads, and whether its document lets it go there."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import quote, urljoin

from isolambda_core.domain.endpoints import Endpoint, endpoint_of
from isolambda_core.domain.host_patterns import canonical_host, is_allowed
from isolambda_executor.fetching.errors import FetchError

Net = Sequence[Sequence[str]]
"""Lists of host patterns: the document's, then those of who is above."""

_LOCATION: Final = re.compile(r"[!-\[\]-~\x80-\xff]*")
_NOT_ASCII: Final = re.compile(r"[\x80-\xff]+")
_SCHEME: Final = re.compile("[A-Za-z][A-Za-z0-9+.-]*:")
_SHOWN: Final = 200


def destination(url: str) -> Endpoint:
    """Return where a URL leads; its fragment stays here.

    Raises:
        FetchError: the URL has another scheme, a user, or a host that could be read in two ways.
    """
    endpoint = endpoint_of(url.partition("#")[0])
    if endpoint is None:
        what = "over http or https, in ASCII, with a host and without a user"
        raise FetchError("invalid_url", f"{url[:_SHOWN]!r} is no URL {what}")
    host = f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host
    canonical = canonical_host(host)
    if canonical is None:
        raise FetchError("invalid_url", f"{host!r} is no host: an address has four decimal numbers")
    authority = canonical + endpoint.authority[len(host) :]
    return replace(endpoint, authority=authority, host=canonical.strip("[]"))


def redirected(endpoint: Endpoint, location: str) -> Endpoint:
    """Return where the ``location`` of an answer leads, whose characters are bytes.

    Raises:
        FetchError: that is no URL.
    """
    # Browsers read a backslash as a slash, others do not, so it may name two hosts.
    if not _LOCATION.fullmatch(location):
        raise FetchError("invalid_url", f"the redirect to {location[:_SHOWN]!r} leads to no URL")
    relative = _NOT_ASCII.sub(lambda found: quote(found[0].encode("latin-1")), location)
    if _SCHEME.match(relative):
        return destination(relative)
    if relative.startswith("//"):
        return destination(f"{endpoint.scheme}:{relative}")
    return destination(urljoin(endpoint.url, relative))


def require_allowed(endpoint: Endpoint, net: Net) -> None:
    """Refuse a host that a list does not name.

    Raises:
        FetchError: one does not.
    """
    host = f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host
    if is_allowed(net, host, endpoint.port):
        return
    refused = f"fetch may not reach {endpoint.authority}"
    if net and is_allowed(net[:1], host, endpoint.port):
        raise FetchError("not_allowed", f"{refused}: what operators allow leaves it out")
    raise FetchError("not_allowed", f'{refused}: add "{endpoint.authority}" to net.allow')
