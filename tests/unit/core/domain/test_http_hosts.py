"""Which hosts functions may have, and which one a request names."""

import pytest

from isolambda_core.domain.http_hosts import (
    check_http_hosts,
    host_in,
    http_hosts_in,
    is_http_host,
    is_one_of,
    own_host_among,
)

HOSTS = ("shop.example.com", "a.b", "a-1.b2.example", "xn--bcher-kva.example", "1.example.com")
NO_HOSTS = {
    "empty": "",
    "one label": "localhost",
    "capitals": "Shop.example.com",
    "a dot at the end": "shop.example.com.",
    "a dot at the front": ".example.com",
    "two dots": "shop..example.com",
    "a port": "shop.example.com:443",
    "a scheme": "https://shop.example.com",
    "a path": "shop.example.com/",
    "a user": "a@shop.example.com",
    "a blank": "shop .example.com",
    "a line end": "shop.example.com\n",
    "an address": "192.0.2.7",
    "an address in hexadecimal": "a.0x7f",
    "a short address": "127.1",
    "an address of IPv6": "[2001:db8::7]",
    "a star": "*.example.com",
    "a star inside": "a.*.example.com",
    "an underscore": "a_b.example.com",
    "a hyphen at the front": "-a.example.com",
    "a hyphen at the end": "a-.example.com",
    "hyphens of another encoding": "ab--cd.example.com",
    "letters beyond ASCII": "b\u00fccher.example",
    "a fullwidth letter": "\uff53hop.example.com",
    "a Kelvin sign": "\u212a.example.com",
    "Punycode of nothing": "xn--.example",
    "Punycode of ASCII": "xn--shop-.example",
    "broken Punycode": "xn--\x7f.example",
    "Punycode beyond Unicode": "xn--99999999999.example",
    "Punycode of capitals": "xn--Bcher-kva8445foa.example",
    "Punycode of a dot": "xn--a.b-.example",
    "a long label": f"{'a' * 64}.example",
    "a long name": f"{'a.' * 126}ab",
}


@pytest.mark.parametrize("text", HOSTS)
def test_a_trigger_may_name_a_host(text: str) -> None:
    assert is_http_host(text)


@pytest.mark.parametrize("text", NO_HOSTS.values(), ids=NO_HOSTS)
def test_a_trigger_may_not_name_what_is_no_host(text: str) -> None:
    assert not is_http_host(text)


@pytest.mark.parametrize(
    "header",
    [
        "shop.example.com",
        "SHOP.Example.COM",
        "shop.example.com.",
        "shop.example.com:8443",
        "Shop.Example.Com.:443",
        "shop.example.com:",
    ],
)
def test_a_header_names_a_host_however_it_is_spelled(header: str) -> None:
    assert host_in(header) == "shop.example.com"


@pytest.mark.parametrize(
    "header",
    [
        "",
        "shop.example.com..",
        "shop.example.com:a",
        "shop.example.com:443:443",
        "a@shop.example.com",
        "shop.example.com/",
        "shop.example.com\x00",
        "shop%2eexample.com",
        "127.0.0.1:8787",
        "[::1]:8787",
        "localhost:8787",
        "\u212a.example.com",
    ],
)
def test_what_no_trigger_can_name_is_no_host(header: str) -> None:
    assert host_in(header) is None


@pytest.mark.parametrize(
    ("host", "is_named"),
    [
        ("shop.example.com", True),
        ("a.acme.example.com", True),
        ("a.b.acme.example.com", True),
        ("acme.example.com", False),
        ("notacme.example.com", False),
        ("a.shop.example.com", False),
        ("shop.example.com.evil.example", False),
    ],
)
def test_patterns_name_a_host_or_all_below_one(host: str, *, is_named: bool) -> None:
    assert is_one_of(host, ("shop.example.com", "*.acme.example.com")) is is_named


@pytest.mark.parametrize("pattern", ["*", "*.com", "*.*.example.com", "a.*", "example.com:443", ""])
def test_what_would_name_too_much_is_no_pattern(pattern: str) -> None:
    [violation] = check_http_hosts([pattern])

    assert violation.path == ("0",)


@pytest.mark.parametrize("found", [None, "*.example.com", [1], ["*"], {"a": 1}, ["a.b", "*"]])
def test_a_document_of_another_time_allows_nothing(found: object) -> None:
    assert http_hosts_in({"http_hosts": found}) == ()  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("public_url", "own"),
    [
        ("https://api.example.com", "api.example.com"),
        ("https://API.example.com:8443/isolambda", "api.example.com"),
        ("https://other.example", None),
        ("http://127.0.0.1:8787", None),
        (None, None),
        ("", None),
    ],
)
def test_the_own_host_of_the_server_is_found_among_patterns(
    public_url: str | None, own: str | None
) -> None:
    assert own_host_among(["*.example.com"], public_url) == own
