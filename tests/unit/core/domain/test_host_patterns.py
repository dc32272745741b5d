"""Which host a pattern names: one spelling of it, and no other host."""

import pytest

from isolambda_core.domain.host_patterns import (
    HostPattern,
    InvalidHostPatternError,
    beyond,
    canonical_host,
    check_host_patterns,
    is_allowed,
    matches,
    parse_host_pattern,
)

LONGEST = ".".join(["a" * 63] * 3 + ["b" * 61])


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("api.example.com", ("api.example.com", False, None)),
        ("API.Example.COM.", ("api.example.com", False, None)),
        ("*.example.com", ("example.com", True, None)),
        ("*.Example.com.:8443", ("example.com", True, 8443)),
        ("hooks.example.com:443", ("hooks.example.com", False, 443)),
        ("localhost:1", ("localhost", False, 1)),
        ("_dmarc.a-b.example:65535", ("_dmarc.a-b.example", False, 65_535)),
        ("münchen.example", ("xn--mnchen-3ya.example", False, None)),
        ("*.MÜNCHEN.example", ("xn--mnchen-3ya.example", True, None)),
        ("mu\u0308nchen.example", ("xn--mnchen-3ya.example", False, None)),
        ("straße.example", ("xn--strae-oqa.example", False, None)),
        ("XN--MNCHEN-3YA.example", ("xn--mnchen-3ya.example", False, None)),
        ("例え.テスト", ("xn--r8jz45g.xn--zckzah", False, None)),
        ("192.0.2.7", ("192.0.2.7", False, None)),
        ("192.0.2.7:80", ("192.0.2.7", False, 80)),
        ("[2001:DB8:0::7]", ("[2001:db8::7]", False, None)),
        ("[2001:db8::7]:443", ("[2001:db8::7]", False, 443)),
        (LONGEST, (LONGEST, False, None)),
        (f"*.{LONGEST}:65535", (LONGEST, True, 65_535)),
    ],
)
def test_a_pattern_has_a_host_and_perhaps_a_port(
    text: str, parts: tuple[str, bool, int | None]
) -> None:
    assert parse_host_pattern(text) == HostPattern(*parts)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "labels"),
        (".", "labels"),
        (".example.com", "labels"),
        ("a..example.com", "labels"),
        ("example.com..", "labels"),
        (" example.com", "labels"),
        ("example.com\n", "labels"),
        ("exa\tmple.com", "labels"),
        ("-a.example.com", "labels"),
        ("a-.example.com", "labels"),
        ("a%2e.example.com", "labels"),
        ("a" * 64 + ".example.com", "labels"),
        ("a" + LONGEST, "labels"),
        ("a.b" * 100, "labels"),
        ("example\u3002com", "labels"),
        ("\uff45xample.com", "labels"),
        ("ex\u00adample.com", "labels"),
        ("a\u200db.example", "labels"),
        ("\u212a.example", "labels"),
        ("😀.example", "labels"),
        ("\ud800.example", "labels"),
        ("https://example.com", "host alone"),
        ("//example.com", "host alone"),
        ("example.com/", "host alone"),
        ("example.com/path", "host alone"),
        ("example.com?q", "host alone"),
        ("example.com#f", "host alone"),
        ("user@example.com", "host alone"),
        ("example.com\\@other.com", "host alone"),
        ("*", "two labels"),
        ("*:443", "two labels"),
        ("*.", "labels"),
        ("*.com", "two labels"),
        ("*.com.", "two labels"),
        ("*.localhost", "two labels"),
        ("*.192.0.2.7", "two labels"),
        ("*.[2001:db8::7]", "two labels"),
        ("**.example.com", "at the front"),
        ("*.*.example.com", "at the front"),
        ("*example.com", "at the front"),
        ("api.*.com", "at the front"),
        ("api.example.*", "at the front"),
        ("example.com:", "port"),
        ("example.com:0", "port"),
        ("example.com:080", "port"),
        ("example.com:+80", "port"),
        ("example.com:65536", "port"),
        ("example.com:99999", "port"),
        ("example.com:https", "port"),
        ("example.com:*", "port"),
        ("example.com:٤٤٣", "port"),
        ("127.1", "IPv4"),
        ("2130706433", "IPv4"),
        ("0x7f000001", "IPv4"),
        ("0x7f.0.0.1", "IPv4"),
        ("0177.0.0.1", "IPv4"),
        ("192.0.2.256", "IPv4"),
        ("192.0.2.07", "IPv4"),
        ("example.1", "IPv4"),
        ("example.0x", "IPv4"),
        ("::1", "brackets"),
        ("2001:db8::7", "brackets"),
        ("2001:db8::7:443", "brackets"),
        ("[::1", "brackets"),
        ("[::1%lo]", "brackets"),
        ("[fe80::1%25eth0]:80", "brackets"),
        ("[192.0.2.7]", "brackets"),
        ("[example.com]", "brackets"),
        ("[::1].example.com", "brackets"),
    ],
    ids=ascii,
)
def test_what_is_no_pattern_is_refused_with_what_one_is_like(text: str, reason: str) -> None:
    with pytest.raises(InvalidHostPatternError, match=reason):
        parse_host_pattern(text)


def test_a_violation_says_which_pattern_of_a_list_is_none() -> None:
    [violation] = check_host_patterns(["example.com", "http://example.com"])

    assert (violation.path, violation.value) == (("1",), "http://example.com")
    assert "host alone" in str(violation.message)


@pytest.mark.parametrize(
    ("pattern", "host", "port", "named"),
    [
        ("example.com", "example.com", 443, True),
        ("example.com", "example.com", 8080, True),
        ("example.com", "api.example.com", 443, False),
        ("example.com", "example.com.evil.test", 443, False),
        ("example.com", "notexample.com", 443, False),
        ("*.example.com", "api.example.com", 443, True),
        ("*.example.com", "a.b.example.com", 443, True),
        ("*.example.com", "example.com", 443, False),
        ("*.example.com", "notexample.com", 443, False),
        ("*.example.com", "api.example.com.evil.test", 443, False),
        ("example.com:443", "example.com", 443, True),
        ("example.com:443", "example.com", 80, False),
        ("*.example.com:443", "api.example.com", 8443, False),
        ("192.0.2.7", "192.0.2.7", 80, True),
        ("192.0.2.7", "192.0.2.70", 80, False),
        ("[2001:db8:0:0::7]", "[2001:db8::7]", 80, True),
        ("[::ffff:192.0.2.7]", "192.0.2.7", 80, False),
        ("", "", 443, False),
        ("*", "example.com", 443, False),
    ],
)
def test_a_pattern_names_a_host_or_those_below_it(
    pattern: str, host: str, port: int, *, named: bool
) -> None:
    assert matches([pattern], host, port) is named


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("API.Example.com.", "api.example.com"),
        ("192.0.2.7.", "192.0.2.7"),
        ("[2001:DB8::0:7]", "[2001:db8::7]"),
        ("127.1", None),
        ("0x7f000001", None),
        ("münchen.example", None),
        ("\u212aelvin.example", None),
        ("*.example.com", None),
        ("example.com:443", None),
        ("user@example.com", None),
        ("example.com..", None),
        ("::1", None),
        ("[::1%lo]", None),
        ("", None),
    ],
)
def test_a_host_has_one_spelling(text: str, canonical: str | None) -> None:
    assert canonical_host(text) == canonical


@pytest.mark.parametrize(
    ("net", "allowed"),
    [
        ([], False),
        ([[]], False),
        ([["example.com"]], True),
        ([["other.com", "*.example.com"], ["example.com"]], False),
        ([["example.com"], ["*.example.org", "example.com:443"]], True),
        ([["example.com"], []], False),
        ([[], ["example.com"]], False),
    ],
    ids=str,
)
def test_a_host_is_in_every_list(net: list[list[str]], *, allowed: bool) -> None:
    assert is_allowed(net, "example.com", 443) is allowed


@pytest.mark.parametrize(
    ("pattern", "ceilings", "is_beyond"),
    [
        ("a.example.com", [], False),
        ("a.example.com", [["*.example.com"]], False),
        ("a.example.com", [["b.example.com", "a.example.com:443"]], False),
        ("*.example.com", [["a.example.com"]], False),
        ("*.example.com", [["*.a.example.com"]], False),
        ("*.a.example.com", [["*.example.com"]], False),
        ("*.example.com", [["*.EXAMPLE.com."]], False),
        ("example.com", [["*.example.com"]], True),
        ("*.example.com", [["example.com"]], True),
        ("a.example.com:80", [["a.example.com:443"]], True),
        ("a.example.com", [["*.example.com"], ["*.example.org"]], True),
        ("a.example.com", [[]], True),
    ],
)
def test_a_pattern_is_beyond_a_list_that_names_none_of_its_hosts(
    pattern: str, ceilings: list[list[str]], *, is_beyond: bool
) -> None:
    assert [*beyond([pattern], ceilings)] == [pattern] * is_beyond
