"""The command ``isolambda run``."""

from pathlib import Path
from typing import Annotated, Any

import typer

from isolambda_cli.api.functions import find_function
from isolambda_cli.api.options import AuthorCommand, api_of, session_of
from isolambda_cli.api.sources import source_of
from isolambda_cli.output import print_json
from isolambda_cli.progress import working
from isolambda_cli.report import console_lines, error_lines
from isolambda_cli.standard_streams import input_bytes
from isolambda_cli.terminal import printable, readable_json
from isolambda_core.domain.errors import IsolambdaError
from isolambda_core.domain.json_text import InvalidJsonError, parse
from isolambda_core.domain.limits import PAYLOAD_BYTES

app = typer.Typer(add_completion=False)


class InputError(IsolambdaError):
    """The input cannot be sent; ``str(error)`` says why."""


@app.command(cls=AuthorCommand)
def run(
    context: typer.Context,
    function: Annotated[str, typer.Argument(help="Id or name of a function.", show_default=False)],
    input_: Annotated[
        str,
        typer.Option(
            "--input", help="What it gets: an object as JSON, @FILE with one, or - for stdin."
        ),
    ] = "{}",
    version: Annotated[
        str | None, typer.Option(help="A version or an alias; what was saved last without it.")
    ] = None,
) -> None:
    """Execute a function, and show what it did.

    Its result goes to stdout, console lines and an error to stderr.
    """
    data = read_input(input_)
    api = api_of(context)
    found = find_function(api, function)
    path = f"functions/{found['id']}/execute"
    with working("executing"):
        execution = api.answer("POST", path, data, query={"qualifier": version}).data
    if session_of(context).as_json:
        print_json(execution)
    else:
        _print(execution, source_of(api, found["id"], execution.get("version")))
    if execution["outcome"] != "ok":
        raise typer.Exit(1)


def read_input(word: str) -> dict[str, Any]:
    """Return the input that a word means: JSON, ``@FILE`` or ``-`` for stdin.

    Raises:
        InputError: it is no object of JSON, or too long.
        OSError: the file cannot be read.
    """
    if word == "-":
        text, origin = input_bytes(PAYLOAD_BYTES + 1), "stdin"
    elif word.startswith("@"):
        origin = word[1:]
        with Path(origin).open("rb") as file:
            text = file.read(PAYLOAD_BYTES + 1)
    else:
        text, origin = word.encode(), "--input"
    if len(text) > PAYLOAD_BYTES:
        raise InputError(f"{origin} has more than {PAYLOAD_BYTES} bytes, which no input has")
    try:
        found = parse(text)
    except InvalidJsonError as error:
        raise InputError(f"{origin} is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise InputError(f'{origin} is no object, as {{"name": "Ada"}} is')
    return found


def _print(execution: dict[str, Any], source: Any) -> None:
    for line in console_lines(execution.get("logs")):
        typer.echo(line, err=True)
    error = execution.get("error")
    if error is not None:
        for line in error_lines(error, source):
            typer.echo(line, err=True)
    usage = execution.get("usage") or {}
    typer.echo(typer.style(_summary(execution["outcome"], usage), dim=True), err=True)
    if execution["outcome"] == "ok":
        typer.echo(readable_json(execution["result"]))


def _summary(outcome: str, usage: dict[str, Any]) -> str:
    parts = [printable(outcome)]
    for key, unit in (("wall_ms", "ms"), ("cpu_ms", "ms of processor time"), ("memory_mb", "MB")):
        if isinstance(usage.get(key), int | float):
            parts.append(f"{usage[key]:g} {unit}")
    return ", ".join(parts)
