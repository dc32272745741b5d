"""What a line of the audit shows, for authors and operators alike."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from isolambda_cli.output import Row

NUMBER = 50
"""How many entries are shown without an option."""

TargetId = Annotated[
    str | None,
    typer.Option(
        "--target",
        help="Only changes of what has this id or name, or belongs to this function.",
        show_default=False,
    ),
]
KeyId = Annotated[
    str | None,
    typer.Option("--key", help="Only changes by the API key with this id.", show_default=False),
]
From = Annotated[
    datetime | None, typer.Option("--from", help="Not before this time, UTC.", show_default=False)
]
To = Annotated[
    datetime | None, typer.Option("--to", help="Not after this time, UTC.", show_default=False)
]
Number = Annotated[int, typer.Option(min=1, help="How many of the latest entries to show.")]


def unix_seconds(moment: datetime | None) -> int | None:
    """Return a time of an option, which is UTC, in Unix seconds; None for none."""
    return None if moment is None else int(moment.replace(tzinfo=UTC).timestamp())


def row_of(entry: Mapping[str, Any]) -> Row:
    """Return the line of an entry."""
    target = entry["target"]
    moment = datetime.fromtimestamp(entry["when_ms"] / 1_000, UTC)
    return {
        "when": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "who": _who(entry["who"]),
        "address": entry["who"].get("address"),
        "what": entry["what"],
        "target_id": target["id"],
        "function_id": target.get("function_id"),
    }


def _who(who: Mapping[str, Any]) -> str:
    return str(who.get("key_id") or who.get("operator") or "the platform")
