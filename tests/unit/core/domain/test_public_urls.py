"""The URL from outside is that of the operator or the proxy, and harmless in any case."""

import re
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isolambda_core.domain.public_urls import PUBLIC_URL, base_urls, is_host, prefix_of


@pytest.mark.parametrize(
    ("headers", "url"),
    [
        ({}, "http://here:8787"),
        ({"x-forwarded-proto": "https"}, "https://here:8787"),
        ({"x-forwarded-proto": "HTTPS, http"}, "https://here:8787"),
        ({"x-forwarded-proto": "gopher"}, "http://here:8787"),
        ({"x-forwarded-host": "outside.test"}, "http://outside.test"),
        ({"x-forwarded-host": "outside.test, inside"}, "http://outside.test"),
        ({"x-forwarded-host": "[2001:db8::1]:8443"}, "http://[2001:db8::1]:8443"),
        (
            {"x-forwarded-proto": "https", "x-forwarded-host": "outside.test:444"},
            "https://outside.test:444",
        ),
        (
            {"x-forwarded-host": "outside.test", "x-forwarded-port": "8443"},
            "http://outside.test:8443",
        ),
        ({"x-forwarded-host": "outside.test", "x-forwarded-port": "443"}, "http://outside.test"),
        ({"x-forwarded-host": "outside.test:1", "x-forwarded-port": "2"}, "http://outside.test:1"),
        ({"x-forwarded-prefix": "/isolambda"}, "http://here:8787/isolambda"),
        ({"forwarded": "for=192.0.2.1;host=outside.test;proto=https"}, "https://outside.test"),
        ({"forwarded": 'Host="outside.test:444";Proto=https'}, "https://outside.test:444"),
        ({"forwarded": "host=outside.test;proto=https, host=inside"}, "https://outside.test"),
        ({"x-forwarded-host": 'a"b'}, "http://here:8787"),
        ({"x-forwarded-host": "a/b"}, "http://here:8787"),
        ({"x-forwarded-host": "user@evil.test"}, "http://here:8787"),
        ({"x-forwarded-prefix": "//evil.test"}, "http://here:8787"),
    ],
)
def test_the_likeliest_url_is_the_one_from_outside(headers: dict[str, str], url: str) -> None:
    assert base_urls("http", {"host": "here:8787", **headers})[0] == url


def test_what_the_operator_says_comes_before_what_headers_say() -> None:
    headers = {"host": "here", "x-forwarded-host": "outside.test"}

    urls = base_urls("http", headers, "https://mine.test/below")

    assert urls[:2] == ("https://mine.test/below", "http://mine.test/below")
    assert {"http://outside.test", "https://outside.test", "http://here", "https://here"} < {*urls}


@pytest.mark.parametrize(
    ("headers", "public_url", "prefix"),
    [
        ({}, None, ""),
        ({"x-forwarded-prefix": "/below"}, None, "/below"),
        ({"x-forwarded-prefix": "/below, /inside"}, None, "/below"),
        ({"x-forwarded-prefix": "//evil.test"}, None, ""),
        ({"x-forwarded-prefix": "/a\r\nb: c"}, None, ""),
        ({"x-forwarded-prefix": "/below"}, "https://mine.test", ""),
        ({"x-forwarded-prefix": "/below"}, "https://mine.test:444/a/b", "/a/b"),
    ],
)
def test_paths_begin_as_the_operator_or_the_proxy_says(
    headers: dict[str, str], public_url: str | None, prefix: str
) -> None:
    assert prefix_of(headers, public_url) == prefix


WORDS = st.text() | st.sampled_from(["a.test", "https", "/a", "host=b.test", "1", ",", "[::1]:1"])


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "forwarded",
                *(f"x-forwarded-{each}" for each in ("proto", "host", "port", "prefix")),
            ]
        ),
        st.lists(WORDS, max_size=9).map(",".join),
    )
)
def test_whatever_is_forwarded_makes_a_few_urls_of_a_host_each(headers: dict[str, str]) -> None:
    urls = base_urls("http", {"host": "here", **headers})

    assert 2 <= len(urls) <= 8
    assert all(re.fullmatch(PUBLIC_URL, url) for url in urls)
    assert all(urlsplit(url).netloc for url in urls)


@pytest.mark.parametrize(
    "url",
    ["", "mine.test", "ftp://mine.test", "https://", "https://a@b", "https://a/?b", "https://a/"],
)
def test_what_is_no_public_url(url: str) -> None:
    assert re.fullmatch(PUBLIC_URL, url) is None


HOSTS = [
    "a",
    "A.b.",
    "a_b-c.test:0",
    "a:65535",
    "192.0.2.1",
    "192.0.2.1.:80",
    "[2001:db8::1]:443",
    "[::ffff:192.0.2.1]",
    "1a",
    "xn--a",
]
NO_HOSTS = [
    "a/b",
    "u@a",
    "a:",
    ":1",
    "a:65536",
    "a:99999",
    "a:123456",
    "a:-1",
    "٣",
    "256.1.1.1",
    "1.2.3.4.5",
    "1.2.3",
    "1",
    "a.1",
    "a.0x",
    "0x7f.1",
    "[::::]",
    "[1.2.3.4]",
    "[::1",
    "::1",
    "[::1]1",
    "[::1.2]",
    "[fe80::1%1]",
]


@pytest.mark.parametrize("text", HOSTS)
def test_a_host_that_a_url_may_have(text: str) -> None:
    assert is_host(text)


@pytest.mark.parametrize("text", ["", "a b", *NO_HOSTS])
def test_a_host_that_no_url_may_have(text: str) -> None:
    assert not is_host(text)
