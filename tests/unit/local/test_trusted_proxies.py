"""An operator names the proxies that are believed; a word that names none is refused."""

import pytest

from isolambda_local.trusted_proxies import (
    PROXIES_MAX,
    InvalidProxyError,
    TrustedProxies,
    address_of,
)


@pytest.mark.parametrize(
    ("words", "address"),
    [
        (["127.0.0.1"], "127.0.0.1"),
        (["127.0.0.1,10.0.0.0/8"], "10.1.2.3"),
        ([" 127.0.0.1 , ::1 "], "::1"),
        (["127.0.0.1", "fd00::/8"], "fd12::1"),
        (["10.0.0.0/8"], "::ffff:10.1.2.3"),
        (["fe80::/10"], "fe80::1%eth0"),
        (["0.0.0.0/0"], "192.0.2.1"),
    ],
)
def test_an_address_of_a_network_is_trusted(words: list[str], address: str) -> None:
    assert TrustedProxies(words).trust(address)


@pytest.mark.parametrize(
    "address", ["192.0.2.1", "2001:db8::1", "11.0.0.1", "", "localhost", "unix:", "10.0.0.1.", "10"]
)
def test_no_other_is(address: str) -> None:
    assert not TrustedProxies(["10.0.0.0/8,fd00::/8"]).trust(address)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", ""])
def test_without_a_word_none_is(address: str) -> None:
    assert not TrustedProxies().trust(address)


@pytest.mark.parametrize(
    ("word", "fault"),
    [
        ("localhost", "'localhost' is neither an address nor a network, such as 127.0.0.1, "),
        ("", "'' is neither"),
        (",", "'' is neither"),
        ("10.0.0.1,,", "'' is neither"),
        ("10.0.0.0/33", "'10.0.0.0/33' is neither"),
        ("*", "'*' is neither"),
        ("unix:", "'unix:' is neither"),
        ("10.0.0.1/8", "'10.0.0.1/8' is an address within a network; write 10.0.0.0/8"),
        ("::ffff:10.0.0.1", "'::ffff:10.0.0.1' wraps IPv4, which proxies have as such; write 10.0"),
        ("::ffff:10.0.0.0/104", "'::ffff:10.0.0.0/104' wraps IPv4, which proxies have as such; w"),
        (",".join(["10.0.0.1"] * (PROXIES_MAX + 1)), "names 65 proxies; at most 64 are allowed"),
    ],
)
def test_what_names_no_proxy_is_refused(word: str, fault: str) -> None:
    with pytest.raises(InvalidProxyError) as refused:
        TrustedProxies([word])

    assert str(refused.value).startswith(fault)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", None),
        ("192.0.2.01", None),
        ("192.0.2", None),
        ("3221225985", None),
        ("٣.٣.٣.٣", None),
        ("1" * 46, None),
    ],
)
def test_an_address_has_one_form(text: str, address: str | None) -> None:
    assert address_of(text) == address
