import inspect

import pytest

from isolambda_core.domain import errors
from isolambda_core.domain.accounts import ApiKey, hash_api_key, is_api_key, new_api_key


def test_a_new_key_has_the_form_of_a_key_and_is_never_the_same() -> None:
    keys = {new_api_key() for _ in range(100)}

    assert len(keys) == 100
    assert all(is_api_key(key) for key in keys)


@pytest.mark.parametrize("text", ["", "0" * 63, "0" * 65, "A" * 64, "0" * 64 + "\n", "\u0661" * 64])
def test_anything_else_has_not(text: str) -> None:
    assert not is_api_key(text)


def test_a_key_is_known_by_its_hash_alone() -> None:
    secret = new_api_key()
    api_key = ApiKey(hash_api_key(secret), "a" * 32, 1)

    assert api_key.matches(secret)
    assert not api_key.matches(new_api_key())
    assert secret not in repr(api_key)


def test_the_hash_is_sha_256() -> None:
    assert hash_api_key("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_every_error_is_in_the_tree_that_the_module_draws() -> None:
    drawn = errors.__doc__ or ""
    kinds = [
        kind
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, Exception)
    ]

    assert len(kinds) > 10
    for kind in kinds:
        assert issubclass(kind, errors.IsolambdaError)
        assert kind.__name__ in drawn


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (errors.AccountNotFoundError, "no account 'x'"),
        (errors.ApiKeyNotFoundError, "no API key 'x'"),
        (errors.FunctionNotFoundError, "no function 'x'"),
        (errors.QualifierNotFoundError, "no version or alias 'x'"),
    ],
)
def test_what_is_not_found_is_named(kind: type[errors.NotFoundError], message: str) -> None:
    error = kind("x")

    assert str(error) == message
    assert error.identifier == "x"


def test_a_payload_that_is_too_large_says_both_numbers() -> None:
    error = errors.PayloadTooLargeError(limit=10, used=12)

    assert str(error) == "the input is 12 bytes long; the limit is 10"


def test_an_invalid_document_names_every_path_and_no_value() -> None:
    error = errors.InvalidDocumentError(
        [
            errors.Problem(("name",), "type", "string", 5),
            errors.Problem(("limits", "memory_mb"), "maximum", 512, 999),
        ]
    )

    assert str(error) == "name: type; limits.memory_mb: maximum"
