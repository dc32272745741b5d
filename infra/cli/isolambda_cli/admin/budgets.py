"""The words of the command that sets a budget."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

import typer

from isolambda_cli.output import Row
from isolambda_core.domain.accounts.budgets import INTEGERS
from isolambda_core.domain.documents import Document
from isolambda_core.domain.json_text import JsonValue

NONE: Final = "none"
Usage = Mapping[str, Mapping[str, Row]]
"""What is used of budgets, by name and period."""
_NAMES: Final = tuple(".".join(path) for path in INTEGERS)
_CHANGE: Final = re.compile(r"([a-z_]+)\.([a-z]+)=([0-9]{1,16}|none)")


def checked_budget(words: list[str] | None) -> list[str] | None:
    """Return the words that change a budget, if each is one."""
    for word in words or ():
        match = _CHANGE.fullmatch(word)
        if match is None:
            raise typer.BadParameter(
                f"`{word}` is not as executions.day=1000 or executions.day={NONE}"
            )
        if (name := f"{match[1]}.{match[2]}") not in _NAMES:
            raise typer.BadParameter(f"there is no `{name}`, but {', '.join(_NAMES)}")
    return words


def budget_in(words: Iterable[str]) -> Document:
    """Return what some words make of a budget, as a patch."""
    patch: dict[str, dict[str, JsonValue]] = {}
    for word in words:
        if match := _CHANGE.fullmatch(word):
            name, period, amount = match.groups()
            patch.setdefault(name, {})[period] = None if amount == NONE else int(amount)
    return patch
