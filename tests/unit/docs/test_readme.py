"""The README says what is so."""

from dataclasses import fields
from pathlib import Path

import pytest

from isolambda_core.domain import limits
from isolambda_core.domain.limits import DEFAULT_LIMITS, Limits

README = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
TABLE = README.partition("## Limits")[2].partition("\n## ")[0]


def spaced(number: int) -> str:
    return f"{number:,}".replace(",", " ")


@pytest.mark.parametrize("name", [field.name for field in fields(Limits)])
def test_each_limit_of_an_execution_is_in_the_table(name: str) -> None:
    row = next(line for line in TABLE.splitlines() if line.startswith(f"| `{name}`"))

    assert spaced(getattr(DEFAULT_LIMITS, name)) in row


@pytest.mark.parametrize("name", [name for name in vars(limits) if name.isupper() and "_" in name])
def test_each_limit_of_the_platform_is_in_the_table(name: str) -> None:
    value = getattr(limits, name)
    if isinstance(value, int):
        assert spaced(value) in TABLE


def test_each_target_that_the_readme_names_is_in_the_makefile() -> None:
    makefile = (Path(__file__).parents[3] / "Makefile").read_text(encoding="utf-8")

    for target in ("run", "test", "help", "build", "deploy", "check", "bench"):
        assert f"\n{target}:" in makefile
