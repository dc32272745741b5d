"""A conftest is for fixtures: what modules share is in a module that has a name."""

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[2]
MODULES = sorted(TESTS.rglob("*.py"))


def imported(source: str) -> set[str]:
    """Return the dotted names that a module imports, those behind ``from … import`` with it."""
    names = set[str]()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def conftests_in(source: str) -> list[str]:
    if "conftest" not in source:  # to parse it takes far longer
        return []
    return [name for name in sorted(imported(source)) if name.split(".")[-1] == "conftest"]


@pytest.mark.parametrize(
    "source",
    [
        "import tests.unit.conftest",
        "from tests.unit.conftest import ACCOUNT",
        "from tests.unit import conftest",
    ],
)
def test_an_import_of_a_conftest_is_found(source: str) -> None:
    assert conftests_in(source) == ["tests.unit.conftest"]


def test_no_module_imports_a_conftest() -> None:
    found = {str(path.relative_to(TESTS)): conftests_in(path.read_text()) for path in MODULES}

    assert {path: names for path, names in found.items() if names} == {}
