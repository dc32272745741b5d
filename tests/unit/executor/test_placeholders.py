"""Values leave for bound hosts over HTTPS alone, and come back as placeholders."""

import base64
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isolambda_core.domain.executions.reach import GrantedSecret
from isolambda_executor.placeholders import (
    Placeholders,
    as_it_is,
    in_body,
    in_json,
    in_query,
)

_VALUE = 'sk_live/51H+q"x=~&é'
_KEY = GrantedSecret("KEY", "iso_secret_" + "1" * 32, _VALUE, ("api.example.com", "*.example.org"))
_OTHER = GrantedSecret(
    "OTHER", "iso_secret_" + "2" * 32, "another value", ("other.example.com:8443",)
)
_SIGNS = GrantedSecret(
    "SIGNS", "iso_secret_" + "3" * 32, "signing key", ("api.example.com",), sign=True
)
_ALL = Placeholders((_KEY, _OTHER, _SIGNS))
_IN_HEADER = _VALUE.encode().decode("latin-1")


@pytest.mark.parametrize(
    "host",
    [
        "api.example.com",
        "api.example.com:443",
        "api.example.com:8443",
        "a.example.org",
        "a.b.example.org",
    ],
)
def test_a_value_takes_its_place_on_the_way_to_a_bound_host(host: str) -> None:
    text = _ALL.substituted(f"Bearer {_KEY.placeholder}", host, https=True)

    assert text == f"Bearer {_IN_HEADER}"


@pytest.mark.parametrize(
    "host",
    [
        "example.com",
        "evil-api.example.com",
        "api.example.com.evil.net",
        "api.example.com:",
        "api.example.com:443@evil.net",
        "example.org",
        "badexample.org",
        "other.example.com",
        "",
    ],
)
def test_a_value_goes_to_no_other_host(host: str) -> None:
    text = f"Bearer {_KEY.placeholder} {_OTHER.placeholder}"

    assert _ALL.substituted(text, host, https=True) == text


def test_a_value_goes_to_no_host_without_tls() -> None:
    assert _ALL.substituted(_KEY.placeholder, "api.example.com", https=False) == _KEY.placeholder


def test_the_key_of_signatures_goes_nowhere() -> None:
    assert _ALL.substituted(_SIGNS.placeholder, "api.example.com", https=True) == _SIGNS.placeholder


def test_a_host_with_a_port_is_bound_with_that_port() -> None:
    assert (
        _ALL.substituted(_OTHER.placeholder, "other.example.com:8443", https=True) == _OTHER.value
    )


@pytest.mark.parametrize(
    ("content_type", "write"),
    [
        ("application/x-www-form-urlencoded; charset=UTF-8", in_query),
        ("Application/JSON", in_json),
        ("application/vnd.api+json", in_json),
        ("text/plain", as_it_is),
        ("", as_it_is),
    ],
)
def test_a_value_is_written_as_the_body_demands(content_type: str, write: object) -> None:
    assert in_body(content_type) is write


def test_a_value_breaks_neither_a_query_nor_json() -> None:
    host = "api.example.com"
    query = _ALL.substituted(f"k={_KEY.placeholder}&n=1", host, https=True, write=in_query)
    body = _ALL.substituting(host, https=True, write=in_json)
    text = body.take(json.dumps({"k": _KEY.placeholder}).encode()) + body.end()

    assert query == f"k={quote(_VALUE, safe='')}&n=1"
    assert json.loads(text) == {"k": _VALUE}


@pytest.mark.parametrize(
    "written",
    [
        _VALUE,
        quote(_VALUE, safe=""),
        quote(_VALUE, safe="")
        .replace("%2F", "%2f")
        .replace("%2B", "%2b")
        .lower()
        .replace("51h", "51H"),
        quote(_VALUE, safe="!'()*"),
        json.dumps(_VALUE)[1:-1],
        json.dumps(_VALUE, ensure_ascii=False)[1:-1],
        json.dumps(_VALUE)[1:-1].replace("/", "\\/"),
    ],
)
def test_a_value_is_masked_however_it_is_written(written: str) -> None:
    assert _ALL.masked(f"<{written}>".encode()) == f"<{_KEY.placeholder}>".encode()


@given(before=st.binary(max_size=7), after=st.binary(max_size=7))
def test_a_value_is_masked_within_base64(before: bytes, after: bytes) -> None:
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        masked = _ALL.masked(encode(before + _VALUE.encode() + after))

        around, _, rest = masked.partition(_KEY.placeholder.encode())
        assert rest or not after
        assert len(around) <= (len(before) * 8 + 5) // 6
        assert len(rest) <= (len(after) * 8 + 5) // 6 + 3


def test_the_value_before_is_masked_and_never_sent() -> None:
    rotated = GrantedSecret(
        "KEY", _KEY.placeholder, "the new value", ("api.example.com",), value_before="the old value"
    )
    placeholders = Placeholders((rotated,))

    assert placeholders.masked(b"the old value, the new value") == (
        f"{_KEY.placeholder}, {_KEY.placeholder}".encode()
    )
    assert (
        placeholders.substituted(_KEY.placeholder, "api.example.com", https=True) == "the new value"
    )


def test_a_longer_value_is_masked_as_itself() -> None:
    short = GrantedSecret("S", "iso_secret_" + "a" * 32, "password")
    long = GrantedSecret("L", "iso_secret_" + "b" * 32, "password-and-more")
    placeholders = Placeholders((short, long))

    assert placeholders.masked(b"password-and-more password-and") == (
        f"{long.placeholder} {short.placeholder}-and".encode()
    )
    masking = placeholders.masking()
    chunks = [masking.take(bytes([byte])) for byte in b"password-and-more"]
    assert b"".join([*chunks, masking.end()]) == long.placeholder.encode()


def test_a_value_that_looks_like_a_pattern_is_a_text() -> None:
    placeholders = Placeholders((GrantedSecret("R", "iso_secret_" + "a" * 32, "(.*)+[a-z]$"),))

    assert (
        placeholders.masked(b"(.*)+[a-z]$ abcdefghijkl")
        == b"iso_secret_" + b"a" * 32 + b" abcdefghijkl"
    )


def test_no_value_is_in_the_text_of_placeholders() -> None:
    assert _VALUE not in repr(_ALL)
    assert _VALUE not in str(vars(_ALL))
