import base64
import json
from dataclasses import replace
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isolambda_core.adapters.jwt_tokens import JwtSigner
from isolambda_core.domain.accounts.api_keys import (
    Token,
    derive_token_key,
)
from isolambda_core.domain.accounts.errors import UnauthorizedError
from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_local.secrets.installation_secret import FileSecret

SECRET = b"the secret of an installation..."
SIGNER = JwtSigner(FileSecret(SECRET))
TOKEN = Token("d" * 32, "a" * 32, "0" * 64, 1_800_000_000, 1_800_003_600)
CLAIMS = {
    "iss": "isolambda",
    "jti": "d" * 32,
    "sub": "a" * 32,
    "key": "0" * 64,
    "iat": 1_800_000_000,
    "exp": 1_800_003_600,
}
HEADER = {"alg": "HS256", "typ": "JWT"}
TEXT = SIGNER.sign(TOKEN)

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()))
ANY_VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner),
    max_leaves=10,
)


def signed(idempotency_records: Any, *, key: bytes | None = None, algorithm: str = "HS256") -> str:
    """Return claims, whatever they are, as a token; by default signed as ours are."""
    key = derive_token_key(SECRET) if key is None else key
    return jwt.PyJWS().encode(json.dumps(idempotency_records).encode(), key, algorithm)


def encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).decode().rstrip("=")


def dumped(part: Any) -> str:
    return encoded(json.dumps(part).encode())


def refuse(text: str) -> None:
    with pytest.raises(UnauthorizedError):
        SIGNER.read(text)


@pytest.mark.parametrize(
    "token",
    [
        TOKEN,
        replace(TOKEN, issued_at=0, expires_at=1),
        replace(TOKEN, issued_at=2**40, expires_at=2**40 + 1),
    ],
    ids=["now", "expired long ago", "issued in the future"],
)
def test_what_was_signed_is_read_whatever_the_time(token: Token) -> None:
    assert SIGNER.read(SIGNER.sign(token)) == token


def test_a_token_says_for_whom_by_which_key_and_how_long() -> None:
    header, idempotency_records, _ = TEXT.split(".")

    assert json.loads(base64.urlsafe_b64decode(header + "==")) == HEADER
    assert json.loads(base64.urlsafe_b64decode(idempotency_records + "==")) == CLAIMS


def test_what_is_made_elsewhere_in_the_same_way_is_read_too() -> None:
    assert SIGNER.read(signed(CLAIMS)) == TOKEN
    assert SIGNER.read(signed({**CLAIMS, "more": 1})) == TOKEN


@pytest.mark.parametrize(
    "key",
    [derive_token_key(b"the secret of another one......."), SECRET, b"\x00" * 32],
    ids=["of another secret", "the secret itself", "zeros"],
)
def test_a_token_that_was_signed_with_another_key_is_refused(key: bytes) -> None:
    refuse(signed(CLAIMS, key=key))


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_a_token_that_was_signed_in_another_way_is_refused(algorithm: str) -> None:
    refuse(signed(CLAIMS, algorithm=algorithm))


@pytest.mark.parametrize(
    "algorithm", ["none", "None", "", "HS512", "hs256", None, 1, ["HS256"], {"alg": "HS256"}]
)
@pytest.mark.parametrize("signature", [TEXT.split(".")[2], ""], ids=["a good one's", "none"])
def test_what_the_header_says_does_not_choose_how_it_is_checked(
    algorithm: Any, signature: str
) -> None:
    refuse(f"{dumped({**HEADER, 'alg': algorithm})}.{dumped(CLAIMS)}.{signature}")


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"typ": "JWT"},
        {**HEADER, "b64": False},
        {**HEADER, "b64": False, "crit": ["b64"]},
        {**HEADER, "crit": ["unknown"]},
        {**HEADER, "kid": 1},
        [HEADER],
        "HS256",
        None,
    ],
    ids=str,
)
def test_a_header_that_is_not_ours_is_refused(header: Any) -> None:
    for idempotency_records in (dumped(CLAIMS), ""):
        refuse(f"{dumped(header)}.{idempotency_records}.{TEXT.split('.')[2]}")


@pytest.mark.parametrize(
    "changed",
    [
        {"sub": "b" * 32},
        {"key": "1" * 64},
        {"jti": "e" * 32},
        {"exp": 2**40},
        {"more": True},
    ],
    ids=str,
)
def test_claims_that_were_changed_are_refused(changed: dict[str, Any]) -> None:
    header, _, signature = TEXT.split(".")

    refuse(f"{header}.{dumped({**CLAIMS, **changed})}.{signature}")


def test_a_token_is_refused_if_any_character_is_another() -> None:
    for index, character in enumerate(TEXT):
        refuse(f"{TEXT[:index]}{'A' if character != 'A' else 'B'}{TEXT[index + 1 :]}")


def test_a_token_is_refused_if_anything_is_missing() -> None:
    for length in range(len(TEXT)):
        refuse(TEXT[:length])
        refuse(TEXT[length + 1 :])


@pytest.mark.parametrize("name", CLAIMS)
def test_a_token_without_one_of_its_claims_is_refused(name: str) -> None:
    refuse(signed({key: value for key, value in CLAIMS.items() if key != name}))


@pytest.mark.parametrize("value", [None, 5, 1.5, True, [], {}], ids=str)
@pytest.mark.parametrize("name", ["iss", "jti", "sub", "key"])
def test_a_claim_that_must_be_text_is_nothing_else(name: str, value: Any) -> None:
    refuse(signed({**CLAIMS, name: value}))


@pytest.mark.parametrize("value", [None, "1800000000", 1.8e9, float("nan"), True, [], {}], ids=str)
@pytest.mark.parametrize("name", ["iat", "exp"])
def test_a_time_is_a_whole_number_and_nothing_else(name: str, value: Any) -> None:
    refuse(signed({**CLAIMS, name: value}))


@pytest.mark.parametrize("issuer", ["", "Isolambda", "isolambda.example", ["isolambda"]], ids=str)
def test_a_token_of_another_issuer_is_refused(issuer: Any) -> None:
    refuse(signed({**CLAIMS, "iss": issuer}))


def test_a_token_with_an_audience_is_refused() -> None:
    refuse(signed({**CLAIMS, "aud": "somebody"}))


def test_claims_that_are_no_object_are_refused() -> None:
    for idempotency_records in ([], [CLAIMS], "claims", 5, None):
        refuse(signed(idempotency_records))


def test_a_text_longer_than_any_token_of_ours_is_refused_even_if_we_signed_it() -> None:
    longest = replace(TOKEN, issued_at=2**63, expires_at=2**63)
    too_long = replace(TOKEN, id="d" * 1_000)

    assert SIGNER.read(SIGNER.sign(longest)) == longest
    refuse(SIGNER.sign(too_long))
    refuse("a" * 10_000_000)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        ".",
        "..",
        "...",
        f"{TEXT}.",
        f".{TEXT}",
        f"{TEXT} ",
        f"{TEXT}\n",
        f"\ud800{TEXT[1:]}",
        TEXT.replace(".", "\u3002"),
        TEXT.replace("e", "\uff45"),
        "\x00" * 64,
        "[" * 1_024,
        f"{encoded(b'[' * 700)}.e30.AA",
        f"{encoded(b'{' + b'[' * 700)}.{encoded(b'[' * 20)}.AA",
        f"{encoded(b'1' * 700)}.e30.AA",
    ],
    ids=ascii,
)
def test_what_is_no_token_is_refused(text: str) -> None:
    refuse(text)


@given(ANY_TEXT)
def test_any_text_is_refused(text: str) -> None:
    refuse(text)


@given(ANY_VALUE, ANY_VALUE, st.binary())
def test_anything_in_the_form_of_a_token_is_refused(
    header: Any, idempotency_records: Any, signature: bytes
) -> None:
    refuse(f"{dumped(header)}.{dumped(idempotency_records)}.{encoded(signature)}")


@given(st.dictionaries(st.sampled_from(list(CLAIMS)) | ANY_TEXT, ANY_VALUE))
def test_whatever_was_signed_with_our_key_makes_a_whole_token_or_none(
    changes: dict[str, Any],
) -> None:
    try:
        token = SIGNER.read(signed({**CLAIMS, **changes}))
    except UnauthorizedError:
        return
    assert {type(text) for text in (token.id, token.account_id, token.api_key_sha256)} == {str}
    assert {type(time) for time in (token.issued_at, token.expires_at)} == {int}


def test_without_the_secret_nothing_is_called_forged() -> None:
    class NoSecret:
        def read(self) -> bytes:
            raise StoreUnavailableError

    signer = JwtSigner(NoSecret())

    with pytest.raises(StoreUnavailableError):
        signer.read(TEXT)
    with pytest.raises(StoreUnavailableError):
        signer.sign(TOKEN)
