"""Host patterns: which hosts a function may reach, as its author and its operators write them.

``api.example.com`` is that host, ``*.example.com`` every host below it, and ``:443`` behind either
that port alone; without it any port. ``192.0.2.7`` and ``[2001:db8::7]`` are addresses, which no
other pattern names. Case, a dot at the end, and letters beyond ASCII (in Punycode) make no
difference. There is no pattern for every host.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import NamedTuple

from isolambda_core.domain.errors import Violation
from isolambda_core.domain.limits import HOST_PATTERN_CHARACTERS

_HOST_CHARACTERS = 253
_PORT_MAX = 65_535
_BELOW = "*."
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
# What a URL's parser would take for a number of an IPv4 address, in whichever base.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_LETTERS = frozenset({"Ll", "Lo", "Lm", "Mn", "Mc", "Nd"})
_PATTERNS = 4_096
"""How many patterns a process remembers in their parts."""

_NO_URL = "Must be a host alone, without scheme, user, path, query or fragment"
_NO_STAR = "Only `*.` at the front stands for other hosts, those below the name behind it"
_NOT_EVERY_HOST = "Must name hosts: behind `*.` stand two labels at least, as in `*.example.com`"
_NO_PORT = f"A port is a number from 1 to {_PORT_MAX}, without zeros in front"
_NO_NAME = (
    "A host has labels of letters, digits, `-` and `_`, with dots between them: at most 63 "
    f"characters each, and {_HOST_CHARACTERS} in all"
)
_NO_IPV4 = "An IPv4 address has four numbers from 0 to 255, in decimal, without zeros in front"
_NO_IPV6 = "An IPv6 address stands in brackets, without a zone"


class HostPattern(NamedTuple):
    """A host, or all ``below`` it; ``port`` is None for any. The host is canonical."""

    host: str
    below: bool
    port: int | None


class InvalidHostPatternError(ValueError):
    """The text is no host pattern; the message says what one is like."""


@lru_cache(_PATTERNS)
def parse_host_pattern(text: str) -> HostPattern:
    """Return the parts of a pattern.

    Raises:
        InvalidHostPatternError: it is none.
    """
    if len(text) > HOST_PATTERN_CHARACTERS:
        raise InvalidHostPatternError(_NO_NAME)
    if any(character in text for character in "/?#@\\"):
        raise InvalidHostPatternError(_NO_URL)
    host, port = _divided(text)
    if host == "*":
        raise InvalidHostPatternError(_NOT_EVERY_HOST)
    below = host.startswith(_BELOW)
    host = host.removeprefix(_BELOW)
    if "*" in host:
        raise InvalidHostPatternError(_NO_STAR)
    canonical = _canonical(_in_ascii(host))
    if below and (_is_address(canonical) or "." not in canonical):
        raise InvalidHostPatternError(_NOT_EVERY_HOST)
    return HostPattern(canonical, below, port)


def check_host_patterns(patterns: Iterable[str]) -> Iterator[Violation]:
    """Yield the violations of a list of patterns."""
    for index, text in enumerate(patterns):
        try:
            parse_host_pattern(text)
        except InvalidHostPatternError as error:
            yield Violation((str(index),), "error", None, text, str(error))


def canonical_host(text: str) -> str | None:
    """Return the one spelling of a host in the URL of a request, or None if it is none.

    It is ASCII, in lower case, and has no dot at its end; an IPv6 address is in brackets and
    shortened. A name in letters beyond ASCII is none: it stands in URLs in Punycode.
    """
    try:
        return _canonical(text)
    except InvalidHostPatternError:
        return None


def matches(patterns: Iterable[str], host: str, port: int) -> bool:
    """Return whether one of the patterns names a canonical host with a port; a broken one none."""
    return any(_is_named(host, port, pattern) for pattern in patterns)


def is_allowed(net: Sequence[Iterable[str]], host: str, port: int) -> bool:
    """Return whether each list of ``ExecutionRequest.net`` names a canonical host with a port."""
    return bool(net) and all(matches(patterns, host, port) for patterns in net)


def beyond(patterns: Iterable[str], ceilings: Sequence[Iterable[str]]) -> Iterator[str]:
    """Yield those of some patterns whose hosts are all outside of one of the lists."""
    for text in patterns:
        pattern = parse_host_pattern(text)
        if not all(
            any(_overlap(pattern, parse_host_pattern(other)) for other in allowed)
            for allowed in ceilings
        ):
            yield text


def _overlap(one: HostPattern, other: HostPattern) -> bool:
    if None not in (one.port, other.port) and one.port != other.port:
        return False
    return (
        (one.host == other.host and one.below == other.below)
        or (one.below and other.host.endswith(f".{one.host}"))
        or (other.below and one.host.endswith(f".{other.host}"))
    )


def _is_named(host: str, port: int, text: str) -> bool:
    try:
        pattern = parse_host_pattern(text)
    except InvalidHostPatternError:  # a document of before there were patterns
        return False
    if pattern.port not in (None, port):
        return False
    return host.endswith(f".{pattern.host}") if pattern.below else host == pattern.host


def _divided(text: str) -> tuple[str, int | None]:
    """Return the host and the port of a pattern."""
    host, colon, port = text.rpartition(":")
    if not colon or text.endswith("]"):
        return text, None
    if ":" in host and not host.endswith("]"):
        raise InvalidHostPatternError(_NO_IPV6)
    if not re.fullmatch("[1-9][0-9]{0,4}", port) or int(port) > _PORT_MAX:
        raise InvalidHostPatternError(_NO_PORT)
    return host, int(port)


def _in_ascii(host: str) -> str:
    if host.isascii():
        return host
    return ".".join(map(_label_in_ascii, host.split(".")))


def _label_in_ascii(label: str) -> str:
    # Narrower than IDNA: what its mapping changes besides case could lead to a host that the
    # author did not write.
    if label.isascii():
        return label
    lower = unicodedata.normalize("NFC", label).lower()
    is_stable = not lower.isascii() and unicodedata.normalize("NFKC", lower) == lower
    is_plain = is_stable and all(
        character in "-_" or unicodedata.category(character) in _LETTERS for character in lower
    )
    if not is_plain:
        raise InvalidHostPatternError(_NO_NAME)
    return "xn--" + lower.encode("punycode").decode()


def _canonical(host: str) -> str:
    """Return the canonical form of a host in ASCII.

    Raises:
        InvalidHostPatternError: it is no host.
    """
    if host.startswith("["):
        return f"[{_ipv6(host)}]"
    name = host.lower().removesuffix(".")
    labels = name.split(".")
    # Letters beyond ASCII may have ASCII in lower case.
    is_name = host.isascii() and len(name) <= _HOST_CHARACTERS
    if not is_name or not all(map(_LABEL.fullmatch, labels)):
        raise InvalidHostPatternError(_NO_NAME)
    if _NUMBER.fullmatch(labels[-1]):
        _require_ipv4(name)
    return name


def _require_ipv4(name: str) -> None:
    try:
        address = str(IPv4Address(name))
    except AddressValueError:
        address = ""
    if address != name:
        raise InvalidHostPatternError(_NO_IPV4)


def _ipv6(host: str) -> str:
    if not host.endswith("]") or "%" in host:
        raise InvalidHostPatternError(_NO_IPV6)
    try:
        return IPv6Address(host[1:-1]).compressed
    except AddressValueError:
        raise InvalidHostPatternError(_NO_IPV6) from None


def _is_address(host: str) -> bool:
    return host.startswith("[") or _NUMBER.fullmatch(host.rpartition(".")[2]) is not None
