"""TOML that is written is read as the same, and the line of each key is found in any TOML."""

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isolambda_cli.project.toml_lines import line_of
from isolambda_cli.project.toml_text import function_text

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
VALUES = st.recursive(
    st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
TABLES = st.dictionaries(TEXTS, VALUES, max_size=4)


@given(TEXTS, TABLES, st.lists(TABLES, max_size=2))
def test_a_function_is_read_as_it_was_written(
    name: str, table: dict[str, Any], triggers: list[dict[str, Any]]
) -> None:
    table.pop("triggers", None)

    read = tomllib.loads(function_text(name, table, triggers))

    expected = {**table, "triggers": triggers} if triggers else table
    assert read == {"functions": {name: expected}}


TEXT = """\
a = 1
"b c".d = { e = 1 }

[f]
g.h = 2
[[f.i]]
j = [
  1,
]
[f.i.k]
l = 3
[[f.i]]
j = 4
# m = 5
  [ f . 'n' ]
  o = 6
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("a", 1),
        ("b c.d.e", 2),
        ("f", 4),
        ("f.g.h", 5),
        ("f.i.0", 6),
        ("f.i.0.j.0", 7),
        ("f.i.0.k.l", 11),
        ("f.i.1", 12),
        ("f.i.1.j", 13),
        ("f.n.o", 16),
        ("f.n.missing", 15),
        ("missing", 1),
    ],
)
def test_the_line_of_a_key_is_found(path: str, line: int) -> None:
    assert line_of(TEXT, tuple(path.split("."))) == line
