"""The command ``isolambda logs``."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from isolambda_cli.api.client import Api
from isolambda_cli.api.errors import ApiError, UnreachableError
from isolambda_cli.api.functions import find_function
from isolambda_cli.api.log_stream import entries_of
from isolambda_cli.api.options import AuthorCommand, api_of, session_of
from isolambda_cli.command import warn
from isolambda_cli.output import print_json
from isolambda_cli.report import console_lines, error_lines
from isolambda_cli.terminal import printable
from isolambda_core.domain.limits import LOG_ENTRIES, LOG_ENTRIES_MAX

app = typer.Typer(add_completion=False)


@app.command(cls=AuthorCommand)
def logs(
    context: typer.Context,
    function: Annotated[
        str | None,
        typer.Argument(help="Id or name of a function; all without one.", show_default=False),
    ] = None,
    *,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with what happens, until Ctrl-C.")
    ] = False,
    failed: Annotated[bool, typer.Option("--failed", help="Only executions that failed.")] = False,
    number: Annotated[
        int,
        typer.Option(min=1, max=LOG_ENTRIES_MAX, help="How many of the last ones to begin with."),
    ] = LOG_ENTRIES,
) -> None:
    """Show executions with their console lines and errors.

    The oldest comes first. With --json each is a line of JSON.
    """
    api = api_of(context)
    function_id = None if function is None else find_function(api, function)["id"]
    names = Names(api)
    is_empty, as_json = True, session_of(context).as_json
    for entry in entries_of(
        api, follow=follow, function_id=function_id, failed=failed or None, page_size=number
    ):
        is_empty = False
        if as_json:
            print_json(entry, indent=None)
        else:
            _print(entry, names)
    if is_empty and not failed and not as_json:
        warn(
            'nothing is recorded yet; record = "all" in a function\'s document records each success'
        )


class Names:
    """The names of functions by their ids, each asked for once."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._known: dict[str, str] = {}

    def of(self, function_id: str) -> str:
        """Return a function's name, or its id where the name cannot be had."""
        if function_id not in self._known:
            try:
                name = str(self._api.get(f"functions/{function_id}")["name"])
            except (ApiError, UnreachableError):
                name = function_id
            self._known[function_id] = name
        return self._known[function_id]


def _print(entry: dict[str, Any], names: Names) -> None:
    for line in _lines(entry, names.of(entry["function_id"])):
        typer.echo(line)


def _lines(entry: dict[str, Any], name: str) -> Iterator[str]:
    outcome = entry.get("outcome") or entry.get("status")
    color = typer.colors.GREEN if outcome == "ok" else typer.colors.RED
    usage = entry.get("usage") or {}
    took = f" {usage['wall_ms']:g} ms" if isinstance(usage.get("wall_ms"), int | float) else ""
    yield (
        f"{_time(entry)} {printable(name)} {typer.style(printable(str(outcome)), fg=color)}{took} "
        f"{printable(entry['execution_id'])}"
    )
    error = entry.get("error")
    for line in (*console_lines(entry.get("logs")), *(error_lines(error) if error else ())):
        yield f"  {line}"


def _time(entry: dict[str, Any]) -> str:
    at_ms = entry.get("ended_ms") or entry["created_ms"]
    moment = datetime.fromtimestamp(at_ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
