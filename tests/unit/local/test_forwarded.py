"""What trusted proxies wrote is believed, and nothing that a client wrote before them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isolambda_local.forwarded import AmbiguousForwardingError, Told, told
from isolambda_local.trusted_proxies import TrustedProxies

PROXIES = TrustedProxies(["10.0.0.0/8", "fd00::/8"])
PEER = "10.0.0.1"
OWN = "here:8787"
FORGED = "6.6.6.6"


def seen(**headers: str) -> Told:
    named: Any = {name.replace("_", "-").encode(): value for name, value in headers.items()}
    return told(named, OWN, PEER, PROXIES)


@pytest.mark.parametrize(
    ("values", "client"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("6.6.6.6, 192.0.2.1", "192.0.2.1"),
        ("10.6.6.6, 192.0.2.1", "192.0.2.1"),
        ("6.6.6.6, 192.0.2.1, 10.0.0.2", "192.0.2.1"),
        ("6.6.6.6,192.0.2.1,10.0.0.2,\t10.0.0.3 ", "192.0.2.1"),
        ("10.0.0.9, 10.0.0.2", "10.0.0.9"),
        ("192.0.2.1:4711", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:DB8::1]", "2001:db8::1"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("6.6.6.6, 2001:db8::1, [fd00::2]:80", "2001:db8::1"),
        ("6.6.6.6, ::ffff:192.0.2.1", "192.0.2.1"),
        ("6.6.6.6, unknown", PEER),
        ("6.6.6.6, _hidden", PEER),
        ("6.6.6.6, unix:", PEER),
        ("6.6.6.6, ", PEER),
        ("6.6.6.6, fe80::1%eth0", PEER),
        ("6.6.6.6, [::1", PEER),
        ("6.6.6.6, 192.0.2.1:", PEER),
        ("6.6.6.6, 192.0.2.1 7.7.7.7", PEER),
        ("6.6.6.6, unknown, 10.0.0.2", "10.0.0.2"),
        ("", PEER),
        (",", PEER),
        ("\0", PEER),
        ("6.6.6.6" + ", 10.0.0.2" * 16, "10.0.0.2"),
        (", ".join([FORGED] * 7_000 + ["192.0.2.1"]), "192.0.2.1"),
        (" " * 60_000 + "192.0.2.1", "192.0.2.1"),
    ],
)
def test_the_client_is_the_last_address_that_is_no_proxy(values: str, client: str) -> None:
    assert seen(x_forwarded_for=values).address == client


@pytest.mark.parametrize(
    ("value", "client"),
    [
        ("for=192.0.2.1", "192.0.2.1"),
        ("For=192.0.2.1;proto=https", "192.0.2.1"),
        ('for="192.0.2.1:4711"', "192.0.2.1"),
        ('for="[2001:db8::1]:4711";by="[fd00::1]"', "2001:db8::1"),
        ("for=2001:db8::1", "2001:db8::1"),
        ("for=6.6.6.6, for=192.0.2.1 , for=10.0.0.2;by=10.0.0.1;", "192.0.2.1"),
        ('for="6.6.6.6, for=192.0.2.1', "192.0.2.1"),
        ('for="\\", for=192.0.2.1', "192.0.2.1"),
        ("for=6.6.6.6, for=_hidden", PEER),
        ('for=6.6.6.6, for="_SEVKISEK:_p"', PEER),
        ("for=6.6.6.6, for=unknown", PEER),
        ("for=6.6.6.6, proto=https", PEER),
        ("for=6.6.6.6, for=192.0.2.1;for=192.0.2.2", PEER),
        ("for=6.6.6.6, for = 192.0.2.1", PEER),
        ('for=6.6.6.6, for="192.0.2.1', PEER),
        ('for=192.0.2.1;host="a,for=6.6.6.6;x=";proto=https', PEER),
        ("for=6.6.6.6, for=192.0.2.1;host=" + "a" * 1_024, PEER),
        ("for=6.6.6.6,", PEER),
        (",", PEER),
        (" \t" * 30_000 + "for=192.0.2.1", "192.0.2.1"),
    ],
)
def test_the_standard_header_is_read_alike(value: str, client: str) -> None:
    assert seen(forwarded=value).address == client


@pytest.mark.parametrize(
    ("headers", "scheme", "host"),
    [
        ({}, None, None),
        ({"x_forwarded_proto": "https", "x_forwarded_host": "a.test"}, "https", "a.test"),
        ({"x_forwarded_proto": "HTTPS"}, "https", None),
        ({"x_forwarded_proto": "wss", "x_forwarded_host": OWN}, None, None),
        (
            {"x_forwarded_proto": "http, https", "x_forwarded_host": "evil.test, a.test"},
            "https",
            "a.test",
        ),
        (
            {
                "x_forwarded_for": "6.6.6.6, 192.0.2.1, 10.0.0.2",
                "x_forwarded_proto": "gopher, https, http",
                "x_forwarded_host": "evil.test, a.test, inside.test",
            },
            "https",
            "a.test",
        ),
        (
            {
                "x_forwarded_for": "6.6.6.6, 192.0.2.1, 10.0.0.2",
                "x_forwarded_proto": "https",
                "x_forwarded_host": "a.test",
            },
            "https",
            "a.test",
        ),
        ({"x_forwarded_host": "a.test", "x_forwarded_port": "8443"}, None, "a.test:8443"),
        (
            {"x_forwarded_host": "[2001:db8::1]", "x_forwarded_port": "8443"},
            None,
            "[2001:db8::1]:8443",
        ),
        ({"x_forwarded_host": "a.test:1", "x_forwarded_port": "2"}, None, "a.test:1"),
        ({"x_forwarded_host": "a.test", "x_forwarded_port": "443"}, None, "a.test"),
        ({"x_forwarded_host": "a.test", "x_forwarded_port": "1/x"}, None, None),
        ({"x_forwarded_host": "a@b"}, None, None),
        ({"x_forwarded_host": "a/b"}, None, None),
        ({"forwarded": "for=1.2.3.4;proto=https;host=a.test"}, "https", "a.test"),
        ({"forwarded": 'for=1.2.3.4;proto=https;host="a.test:444"'}, "https", "a.test:444"),
        (
            {"forwarded": "proto=gopher;host=evil.test, for=1.2.3.4;proto=https;host=a.test"},
            "https",
            "a.test",
        ),
        (
            {"forwarded": "for=1.2.3.4;host=a.test, for=10.0.0.2;proto=https;host=inside.test"},
            "https",
            "a.test",
        ),
        ({"forwarded": 'proto=https;host=evil.test, "'}, None, None),
    ],
)
def test_scheme_and_host_are_those_that_the_client_asked(
    headers: dict[str, str], scheme: str | None, host: str | None
) -> None:
    told = seen(**headers)

    assert (told.scheme, told.host) == (scheme, host)


def test_a_prefix_goes_with_either_kind() -> None:
    assert seen(x_forwarded_prefix="/evil, /a").prefix == "/a"
    assert seen(x_forwarded_prefix="/a", forwarded="for=192.0.2.1").prefix == "/a"
    assert seen().prefix is None


@pytest.mark.parametrize("name", ["for", "proto", "host", "port"])
def test_both_kinds_at_once_are_refused(name: str) -> None:
    headers = {"forwarded": "for=192.0.2.1", f"x_forwarded_{name}": "https"}

    with pytest.raises(AmbiguousForwardingError):
        seen(**headers)


NOISE = st.text(st.characters(max_codepoint=255)) | st.sampled_from(
    [FORGED, f"for={FORGED}", f'for="{FORGED}', '"', "\\", ";", ",", "10.0.0.2", "for=10.0.0.2"]
)


@given(st.lists(NOISE).map("".join))
def test_whatever_a_client_wrote_before_says_nothing(noise: str) -> None:
    assert seen(x_forwarded_for=f"{noise}, 192.0.2.1").address == "192.0.2.1"
    standard = seen(forwarded=f"{noise}, for=192.0.2.1;proto=https;host=a.test")
    assert standard == Told("192.0.2.1", "https", "a.test", None)
