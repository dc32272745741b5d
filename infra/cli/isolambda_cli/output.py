"""The output of a command on stdout: JSON, a table, or plain lines for other programs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import typer

from isolambda_api.kazoo.gregorian import unix

Row = Mapping[str, str | bool | int | list[str] | None]
"""Fields of a resource by name, in the order of their columns."""

Output = Row | Sequence[Row]


@dataclass(frozen=True, slots=True)
class PartialFailure:
    """The output of a command that failed in part: it is printed, and the exit code is 1."""

    rows: Sequence[Row]


def print_output(output: Output, *, as_json: bool) -> None:
    """Print one row with a field on each line, or several rows with one on each line."""
    if as_json:
        print_json(output)
        return
    if isinstance(output, Mapping):
        width = max(map(len, output))
        for name, value in output.items():
            typer.echo(f"{name:{width}}  {_text(value)}")
        return
    from rich.console import Console  # noqa: PLC0415 - as in `progress`

    if Console().is_terminal:
        _print_table(output)
    else:
        for row in output:
            typer.echo("\t".join(map(_text, row.values())))


def print_json(value: Any, *, indent: int | None = 2) -> None:
    """Print a JSON value; without ``indent`` it is one line of a stream."""
    typer.echo(json.dumps(value, indent=indent))


def time_text(unix_seconds: int) -> str:
    """Return a time as ISO 8601, in UTC."""
    return f"{datetime.fromtimestamp(unix_seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def gregorian_text(seconds: int | None) -> str | None:
    """Return a time of the API, in Gregorian seconds, as ISO 8601 in UTC; None for none."""
    return None if seconds is None else time_text(unix(seconds))


def _print_table(rows: Sequence[Row]) -> None:
    from rich.console import Console  # noqa: PLC0415 - as in `progress`
    from rich.table import Table  # noqa: PLC0415 - as in `progress`
    from rich.text import Text  # noqa: PLC0415 - as in `progress`

    table = Table(box=None)
    for name in rows[0] if rows else ():
        # On one line, an id can be copied.
        table.add_column(name, overflow="fold", no_wrap=name.endswith("_id"))
    for row in rows:
        # In a `str`, rich reads brackets and colons as markup; in a `Text` it does not.
        table.add_row(*(Text(_text(value)) for value in row.values()))
    Console().print(table)


def _text(value: str | bool | int | list[str] | None) -> str:
    match value:
        case str():
            # Clients choose names: escape line ends and control characters.
            return value if value.isprintable() else ascii(value)
        case bool():
            return "yes" if value else "no"
        case int():
            return str(value)
        case None:
            return "-"
        case _:
            return _text(" ".join(value))
