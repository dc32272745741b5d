"""The command ``isolambda shadow``."""

from typing import Annotated, Any

import typer

from isolambda_cli.api.client import part
from isolambda_cli.api.functions import find_function
from isolambda_cli.api.options import AuthorCommand, session_of
from isolambda_cli.output import Row
from isolambda_cli.project.errors import ProjectError
from isolambda_cli.project.remote import patient, read
from isolambda_cli.terminal import printable
from isolambda_core.domain.json_text import dump_readable

app = typer.Typer(add_completion=False)

_COUNTS = ("compared", "equal", "different", "skipped", "dropped")


@app.command(cls=AuthorCommand)
def shadow(
    context: typer.Context,
    function: Annotated[
        str, typer.Argument(help="A function, by its name or its id.", show_default=False)
    ],
    alias: Annotated[str, typer.Option(help="The alias whose executions are repeated.")] = "live",
    share: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, help="Repeat this share of them from now on; 0 ends it.", metavar="SHARE"
        ),
    ] = None,
    version: Annotated[
        int | None,
        typer.Option(min=1, help="The version that repeats them; with --share alone, the draft."),
    ] = None,
) -> Row:
    """Show where another version differs on live executions; with --share, begin or end it.

    The differences of the latest executions are on standard error.
    """
    if version is not None and share is None:
        raise ProjectError("--version says which version repeats; say of how many with --share")
    api = patient(session_of(context))
    found = find_function(api, function)
    path = f"functions/{found['id']}/aliases/{part(alias)}"
    before = read(api, path)
    if before is None:
        raise ProjectError(f"{found['name']} has no alias {alias!r}")
    if share is not None:
        change = {"shadow": share, "shadow_version": version}
        api.patch(path, change, headers=before.headers)
    report: dict[str, Any] = api.get(f"{path}/shadow")
    for execution in report["executions"]:
        for line in _lines_of(execution):
            typer.echo(printable(line), err=True)
    numbers: Row = {name: report[name] for name in _COUNTS}
    number = report["shadow_version"]
    return {
        "function": found["name"],
        "alias": alias,
        "share": f"{report['shadow']:g}",
        "version": "draft" if number is None else str(number),
        **numbers,
    }


def _lines_of(execution: dict[str, Any]) -> list[str]:
    lines = [f"{execution['execution_id']}:"]
    for each in (*execution["differences"], *execution["requests"]):
        old, new = (dump_readable(each[name]) if name in each else "-" for name in ("old", "new"))
        lines.append(f"  {each['path']} {each['kind']}: {old} -> {new}")
    if execution["more"]:
        lines.append(f"  and {execution['more']} more")
    return lines
