import inspect

import pytest

import isolambda_core.domain.accounts.errors as of_accounts
import isolambda_core.domain.executions.errors as of_executions
import isolambda_core.domain.functions.errors as of_functions
import isolambda_core.domain.triggers.errors as of_triggers
from isolambda_core.domain import errors


def test_every_error_is_in_the_tree_that_the_module_draws() -> None:
    drawn = errors.__doc__ or ""
    kinds = {
        kind
        for module in (errors, of_accounts, of_executions, of_functions, of_triggers)
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, Exception)
    }

    assert len(kinds) > 30
    for kind in kinds:
        assert issubclass(kind, errors.IsolambdaError)
        assert kind.__name__ in drawn


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (of_accounts.AccountNotFoundError, "no account 'x'"),
        (of_accounts.ApiKeyNotFoundError, "no API key 'x'"),
        (of_functions.FunctionNotFoundError, "no function 'x'"),
        (of_functions.QualifierNotFoundError, "no version or alias 'x'"),
    ],
)
def test_what_is_not_found_is_named(kind: type[errors.NotFoundError], message: str) -> None:
    error = kind("x")

    assert str(error) == message
    assert error.identifier == "x"


def test_a_payload_that_is_too_large_says_both_numbers() -> None:
    error = of_executions.PayloadTooLargeError(limit=10, used=12)

    assert str(error) == "the input is 12 bytes long; the limit is 10"


def test_an_invalid_document_names_every_path_and_rule_and_no_value() -> None:
    error = errors.InvalidDocumentError(
        [
            errors.Violation(("name",), "type", "string", 5),
            errors.Violation(("limits", "memory_mb"), "maximum", 512, 999),
        ]
    )

    assert str(error) == 'name: type "string"; limits.memory_mb: maximum 512'
