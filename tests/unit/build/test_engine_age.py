"""`make check` says how old V8 is, and warns when that is a choice."""

import runpy
from pathlib import Path
from typing import cast

import pytest

ROOT = Path(__file__).parents[3]
SCRIPT = runpy.run_path(str(ROOT / "infra/build/engine_age.py"))


@pytest.mark.parametrize(
    ("newest", "days", "warns"),
    [
        ("0.14.1", 1, False),
        ("0.14.1", 300, False),
        ("0.15.0", 30, False),
        ("0.15.0", 31, True),
        ("0.14.2", 300, True),
    ],
)
def test_it_warns_of_an_old_release_where_there_is_a_newer_one(
    newest: str, days: int, *, warns: bool
) -> None:
    line = cast("str", SCRIPT["line_for"]("0.14.1", newest, days))

    assert line.startswith("WARNING: ") is warns
    assert f"mini-racer 0.14.1: {days} days old" in line
