import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages
from types import ModuleType

import pytest

import isolambda_core.domain.accounts.errors as of_accounts
import isolambda_core.domain.executions.errors as of_executions
import isolambda_core.domain.functions.errors as of_functions
from isolambda_core import domain
from isolambda_core.domain import errors

BRANCHES = [
    import_module(found.name)
    for found in walk_packages(domain.__path__, f"{domain.__name__}.")
    if found.name.endswith(".errors") and found.name != errors.__name__
]


def drawn(module: ModuleType) -> Iterator[tuple[str, str]]:
    """Yield each error of the tree in the module's docstring with the one above it."""
    text = module.__doc__ or ""
    above = ["Exception"]
    for branch, name in re.findall(r"^((?:[│ ]   )*[├└]── |)(\w+Error)\b", text, re.MULTILINE):
        depth = len(branch) // 4 + 1
        above[depth:] = [name]
        yield name, above[depth - 1]


@pytest.mark.parametrize("module", [errors, *BRANCHES], ids=lambda module: module.__name__)
def test_each_module_draws_the_tree_of_its_errors(module: ModuleType) -> None:
    kinds = [
        kind
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, Exception)
    ]

    assert all(issubclass(kind, errors.IsolambdaError) for kind in kinds)
    assert sorted(drawn(module)) == sorted(
        (kind.__name__, kind.__bases__[0].__name__) for kind in kinds
    )


def test_the_root_names_each_package_that_has_errors() -> None:
    assert BRANCHES
    for module in BRANCHES:
        assert f"``{(module.__package__ or '').rpartition('.')[2]}``" in (errors.__doc__ or "")


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
