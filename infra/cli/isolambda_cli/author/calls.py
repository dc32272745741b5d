"""The commands ``isolambda calls``."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from isolambda_cli.api.client import Api, part
from isolambda_cli.api.contracts import lines_of_calls
from isolambda_cli.api.functions import find_function
from isolambda_cli.api.options import AuthorCommand, api_of, session_of
from isolambda_cli.command import CommandGroup, warn
from isolambda_cli.output import Row, gregorian_text, print_json
from isolambda_cli.progress import working
from isolambda_cli.project.manifest import read_project
from isolambda_cli.terminal import printable, readable_json
from isolambda_cli.testing.expectations import read_expectation
from isolambda_core.domain.errors import IsolambdaError

app = typer.Typer(
    cls=CommandGroup,
    add_completion=False,
    help="Save calls of a function with what is expected, and execute them on a version.",
)

_ID_CHARACTERS = 12
"""Of the id of an execution, in the name of a call."""

Function = Annotated[str, typer.Argument(help="Id or name of a function.", show_default=False)]
Name = Annotated[str, typer.Argument(help="The name of a saved call.", show_default=False)]


class UnsavedCallError(IsolambdaError):
    """The call cannot be saved; ``str(error)`` says why."""


@app.command("list", cls=AuthorCommand)
def list_calls(context: typer.Context, function: Function) -> list[Row]:
    """List the saved calls of a function."""
    api = api_of(context)
    return [_row(each) for each in api.pages(_path(api, function), ascending=True)]


@app.command(cls=AuthorCommand)
def show(context: typer.Context, function: Function, name: Name) -> None:
    """Print a saved call as JSON: its input, and what is expected."""
    api = api_of(context)
    call = api.get(f"{_path(api, function)}/{part(name)}")
    if session_of(context).as_json:
        print_json(call)
    else:
        typer.echo(readable_json({key: call[key] for key in ("name", "input", "expect")}))


@app.command(cls=AuthorCommand)
def save(
    context: typer.Context,
    function: Function,
    *,
    execution: Annotated[
        str | None,
        typer.Option(help="A recorded execution: its input, and what came of it, are expected."),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(help="A saved call of the project, as isolambda test executes it."),
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="Its name; by default that of the file, or of the execution.")
    ] = None,
) -> Row:
    """Save a call of a function, or replace the one of this name."""
    api = api_of(context)
    function_path = f"functions/{find_function(api, function)['id']}"
    if execution is not None and file is None:
        document = _of_execution(api.get(f"{function_path}/executions/{part(execution)}"))
        default = f"call_{execution[:_ID_CHARACTERS]}"
    elif file is not None and execution is None:
        document, default = read_expectation(file), file.stem
    else:
        raise UnsavedCallError("say which call to save, by --execution or by --file")
    call = api.put(f"{function_path}/calls/{part(name or default)}", document)
    return _row({**call, "expects": next(iter(call["expect"]))})


@app.command(cls=AuthorCommand)
def delete(context: typer.Context, function: Function, name: Name) -> Row:
    """Delete a saved call."""
    api = api_of(context)
    api.delete(f"{_path(api, function)}/{part(name)}")
    return {"name": name, "deleted": True}


@app.command(cls=AuthorCommand)
def run(
    context: typer.Context,
    function: Annotated[
        str | None,
        typer.Argument(
            help="Id or name of a function; all of the project without one.", show_default=False
        ),
    ] = None,
    *,
    version: Annotated[
        int | None, typer.Option(help="The version to execute; what was saved last without it.")
    ] = None,
) -> None:
    """Execute the saved calls of a function, and exit with 1 if one of them fails.

    They reach what the function reaches: hosts, secrets and the key-value store.
    """
    api = api_of(context)
    reports = {}
    for word in [function] if function is not None else list(read_project().functions):
        found = find_function(api, word)
        with working(f"executing the saved calls of {found['name']}"):
            body = {} if version is None else {"version": version}
            report = api.post(f"functions/{found['id']}/calls/run", body)
        reports[str(found["name"])] = report
    if session_of(context).as_json:
        print_json(reports)
    else:
        for line in _lines(reports):
            typer.echo(line)
    if any(report["failed"] for report in reports.values()):
        raise typer.Exit(1)
    if not any(report["calls"] for report in reports.values()):
        warn("no call is saved yet: isolambda calls save FUNCTION --execution ID")


def _lines(reports: Mapping[str, Any]) -> Iterator[str]:
    for name, report in reports.items():
        yield from lines_of_calls(report["calls"])
        counts = f"{report['passed']} passed, {report['failed']} failed"
        yield printable(f"{name} {report['version']}: {counts}")


def _of_execution(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the saved call that expects what came of an execution.

    Raises:
        UnsavedCallError: it has not ended, or the platform failed.
    """
    outcome = record.get("outcome")
    if outcome in (None, "internal_error"):
        raise UnsavedCallError(f"the execution is {outcome or record.get('status')}")
    expect = {"equal": record.get("result")} if outcome == "ok" else {"outcome": outcome}
    return {"input": record.get("input"), "expect": expect}


def _path(api: Api, function: str) -> str:
    return f"functions/{find_function(api, function)['id']}/calls"


def _row(call: Mapping[str, Any]) -> Row:
    return {
        "name": call["name"],
        "expects": call["expects"],
        "created": gregorian_text(call.get("created")),
        "modified": gregorian_text(call.get("modified")),
    }
