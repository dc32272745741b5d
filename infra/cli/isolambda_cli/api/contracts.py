"""What the API says of a contract that is broken, in lines for a person to read."""

from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from isolambda_cli.api.errors import ApiError
from isolambda_cli.terminal import printable
from isolambda_core.domain.json_text import dump_readable

_SHOWN = 200
"""Characters of a value that are shown."""
_SENDS = {"input": "callers send", "result": "it returns"}


def breaks_in(error: Exception) -> Sequence[str]:
    """Return a line for each break that a refused move of an alias has; none of another error."""
    if not isinstance(error, ApiError) or error.status != HTTPStatus.CONFLICT:
        return ()
    data = error.data
    if not isinstance(data, Mapping) or not {"calls", "schemas"} <= data.keys():
        return ()
    return [*lines_of_calls(data["calls"]), *map(_line_of_break, data["schemas"])]


def lines_of_calls(calls: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a line for each saved call; one that failed says what is expected, and what came."""
    for call in calls:
        if call["passed"]:
            yield printable(f"✓ {call['name']}")
            continue
        place = f" at {call['path']}" if call["path"] else ""
        compared = f"expected {_text(call['expected'])}, got {_text(call['got'])}"
        yield printable(f"✗ {call['name']}: {call['message']}{place}: {compared}")


def _line_of_break(found: Mapping[str, Any]) -> str:
    what = _SENDS.get(found["of"], found["of"])
    versions = f"version {found['before']} to {found['version']}"
    return printable(f"✗ {found['of']}{found['path']}: what {what} {found['what']} ({versions})")


def _text(value: Any) -> str:
    text = dump_readable(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
