"""The command ``isolambda doctor``."""

import typer

from isolambda_cli.api.options import AuthorCommand, session_of
from isolambda_cli.author.checks import Check, State, checks
from isolambda_cli.output import print_json
from isolambda_cli.terminal import printable

app = typer.Typer(add_completion=False)

_COLORS = {
    State.OK: typer.colors.GREEN,
    State.WARNING: typer.colors.YELLOW,
    State.MISSING: typer.colors.RED,
}
_NAME_WIDTH = len("confinement")
_STATE_WIDTH = max(map(len, State))


@app.command(cls=AuthorCommand)
def doctor(context: typer.Context) -> None:
    """Say what works here, what is missing, and what to do.

    The exit code is 1 when something is missing. With --json each check is a line of JSON.
    """
    session = session_of(context)
    is_missing = False
    for check in checks(session.profile):
        is_missing = is_missing or check.state is State.MISSING
        if session.as_json:
            print_json(
                {
                    "check": check.name,
                    "state": check.state,
                    "found": check.found,
                    "todo": check.todo or None,
                },
                indent=None,
            )
        else:
            _print(check)
    if is_missing:
        raise typer.Exit(1)


def _print(check: Check) -> None:
    state = typer.style(f"{check.state:{_STATE_WIDTH}}", fg=_COLORS[check.state])
    typer.echo(f"{state}  {check.name:{_NAME_WIDTH}}  {printable(check.found)}")
    if check.todo:
        typer.echo(f"{'':{_STATE_WIDTH}}  {'':{_NAME_WIDTH}}  → {printable(check.todo)}")
