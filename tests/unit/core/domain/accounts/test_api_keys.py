import hashlib
import hmac

import pytest

from isolambda_core.domain.accounts.api_keys import (
    ALL_SCOPES,
    ApiKey,
    Caller,
    Scope,
    Token,
    api_key_of,
    credential_digest,
    derive_api_key,
    derive_token_key,
    hash_api_key,
    is_api_key,
    permissions_of,
)
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import InvalidDocumentError, Violation
from isolambda_core.domain.ids import ID_PATTERN

SECRET = b"the secret of an installation..."
ACCOUNT, KEY, FUNCTION = "a" * 32, "b" * 32, "f" * 32


def a_key(
    *,
    scopes: tuple[Scope, ...] = ALL_SCOPES,
    function_id: str | None = None,
    expires_at: int | None = None,
) -> ApiKey:
    sha256 = hash_api_key(derive_api_key(SECRET, ACCOUNT, KEY))
    return ApiKey(sha256, KEY, ACCOUNT, 1, scopes, function_id, expires_at=expires_at)


def test_a_key_derives_from_the_secret_its_account_and_its_id() -> None:
    # Word for word, since a key that derives in another way could never be shown again.
    message = f"api-key:{ACCOUNT}:{KEY}".encode()

    key = derive_api_key(SECRET, ACCOUNT, KEY)

    assert key == hmac.new(SECRET, message, hashlib.sha256).hexdigest()
    assert is_api_key(key)


def test_no_two_keys_are_the_same_nor_the_key_of_tokens() -> None:
    keys = {
        derive_api_key(SECRET, ACCOUNT, KEY),
        derive_api_key(SECRET, KEY, ACCOUNT),
        derive_api_key(SECRET, ACCOUNT, FUNCTION),
        derive_api_key(b"another", ACCOUNT, KEY),
        derive_token_key(SECRET).hex(),
        derive_token_key(b"another").hex(),
        SECRET.hex(),
    }

    assert len(keys) == 7


def test_the_key_of_tokens_derives_from_the_secret_alone() -> None:
    assert derive_token_key(SECRET) == hmac.new(SECRET, b"token", hashlib.sha256).digest()


@pytest.mark.parametrize("text", ["", "0" * 63, "0" * 65, "A" * 64, "0" * 64 + "\n", "\u0661" * 64])
def test_anything_else_has_not_the_form_of_a_key(text: str) -> None:
    assert not is_api_key(text)


def test_a_key_is_known_by_its_hash_alone() -> None:
    key = derive_api_key(SECRET, ACCOUNT, KEY)

    assert a_key().matches(key)
    assert not a_key().matches(derive_api_key(SECRET, ACCOUNT, FUNCTION))
    assert key not in repr(a_key())


def test_the_hash_is_sha_256() -> None:
    assert hash_api_key("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_any_two_credentials_have_different_digests_that_do_not_show_them() -> None:
    texts = ["", "a", "b", "ü", "\ud800", "key of an account" * 100]

    digests = {credential_digest(text) for text in texts}

    assert len(digests) == len(texts)
    assert {len(digest) for digest in digests} == {32}


@pytest.mark.parametrize("text", ["ü", "\x00", "\ud800" * 64], ids=ascii)
def test_any_text_has_a_hash_and_matches_no_key(text: str) -> None:
    assert is_api_key(hash_api_key(text))
    assert not a_key().matches(text)


def test_a_key_is_good_until_the_second_in_which_it_expires() -> None:
    assert a_key(expires_at=None).is_good(2**40)
    assert [a_key(expires_at=5).is_good(now) for now in (4, 5, 6)] == [True, False, False]


@pytest.mark.parametrize(
    ("of_key", "of_token", "expires_at"),
    [(None, None, None), (5, None, 5), (None, 7, 7), (5, 7, 5), (9, 7, 7)],
)
def test_a_caller_expires_with_the_key_or_the_token(
    of_key: int | None, of_token: int | None, expires_at: int | None
) -> None:
    api_key = a_key(expires_at=of_key)
    token = None if of_token is None else Token(KEY, ACCOUNT, api_key.sha256, 1, of_token)

    assert Caller(api_key, token).expires_at == expires_at


@pytest.mark.parametrize(
    ("api_key", "manage", "execute", "execute_another"),
    [
        (a_key(), True, True, True),
        (a_key(scopes=(Scope.MANAGE,)), True, False, False),
        (a_key(scopes=(Scope.EXECUTE,)), False, True, True),
        (a_key(scopes=(Scope.EXECUTE,), function_id=FUNCTION), False, True, False),
        (a_key(function_id=FUNCTION), False, True, False),
        (a_key(scopes=()), False, False, False),
    ],
    ids=["everything", "manage", "execute", "one function", "all of one function", "nothing"],
)
def test_a_caller_may_do_what_the_key_is_for(
    api_key: ApiKey, *, manage: bool, execute: bool, execute_another: bool
) -> None:
    caller = Caller(api_key)

    assert caller.account_id == ACCOUNT
    assert caller.may(Scope.MANAGE) == manage
    assert caller.may(Scope.EXECUTE, FUNCTION) == execute
    assert caller.may(Scope.EXECUTE, "e" * 32) == execute_another


@pytest.mark.parametrize(
    ("document", "permissions"),
    [
        ({}, (ALL_SCOPES, None)),
        ({"scopes": ["execute", "manage", "execute"], "function_id": None}, (ALL_SCOPES, None)),
        ({"scopes": ["execute"], "function_id": FUNCTION}, ((Scope.EXECUTE,), FUNCTION)),
    ],
)
def test_a_further_key_is_for_what_its_document_says(
    document: Document, permissions: tuple[tuple[Scope, ...], str | None]
) -> None:
    assert permissions_of(document) == permissions


@pytest.mark.parametrize(
    ("document", "violations"),
    [
        (
            {"b": 1, "scopes": 1, "a": 2},
            [
                Violation(("a",), "additionalProperties", None, "a"),
                Violation(("b",), "additionalProperties", None, "b"),
            ],
        ),
        (
            {"function_id": 1, "scopes": ["admin", "manage", 1]},
            [
                Violation(("scopes", "0"), "enum", ["manage", "execute"], "admin"),
                Violation(("scopes", "2"), "enum", ["manage", "execute"], 1),
            ],
        ),
        ({"scopes": None}, [Violation(("scopes",), "type", "array", None)]),
        ({"scopes": []}, [Violation(("scopes",), "minItems", 1, [])]),
        ({"function_id": 1}, [Violation(("function_id",), "type", "string", 1)]),
        ({"function_id": "F"}, [Violation(("function_id",), "pattern", ID_PATTERN, "F")]),
    ],
)
def test_of_a_further_key_the_first_wrong_key_alone_is_named(
    document: Document, violations: list[Violation]
) -> None:
    with pytest.raises(InvalidDocumentError) as caught:
        permissions_of(document)

    assert list(caught.value.violations) == violations


def test_a_token_is_asked_for_with_an_api_key_alone() -> None:
    assert api_key_of({"api_key": "k" * 64}) == "k" * 64


@pytest.mark.parametrize(
    ("document", "violations"),
    [
        (
            {"user": "u"},
            [
                Violation(("user",), "additionalProperties", None, "user"),
                Violation(("api_key",), "required", None, "api_key"),
            ],
        ),
        ({"api_key": None}, [Violation(("api_key",), "type", "string", None)]),
        ({"api_key": "k" * 63}, [Violation(("api_key",), "minLength", 64, "k" * 63)]),
        ({"api_key": "k" * 65}, [Violation(("api_key",), "maxLength", 64, "k" * 65)]),
    ],
)
def test_all_that_is_wrong_with_credentials_is_named(
    document: Document, violations: list[Violation]
) -> None:
    with pytest.raises(InvalidDocumentError) as caught:
        api_key_of(document)

    assert list(caught.value.violations) == violations
