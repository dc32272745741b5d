"""The command ``isolambda replay``."""

from typing import Annotated, Any

import typer

from isolambda_cli.api.client import Api
from isolambda_cli.api.functions import find_function
from isolambda_cli.api.options import AuthorCommand, api_of, session_of
from isolambda_cli.api.replays import lines_of
from isolambda_cli.command import warn
from isolambda_cli.output import print_json
from isolambda_cli.progress import working
from isolambda_core.domain.errors import IsolambdaError
from isolambda_core.domain.functions.functions import LATEST
from isolambda_core.domain.limits import REPLAY_SAMPLE_MAX
from isolambda_core.domain.replays.report import Report

app = typer.Typer(add_completion=False)


class VersionsError(IsolambdaError):
    """The versions to replay on cannot be read, or moved in between; ``str(error)`` says why."""


@app.command("replay", cls=AuthorCommand)
def replay(
    context: typer.Context,
    function: Annotated[str, typer.Argument(help="Id or name of a function.", show_default=False)],
    versions: Annotated[
        str,
        typer.Argument(
            help="The old version and the new one, numbers or aliases: live..7; the draft "
            "is the new one of live alone.",
            show_default=False,
        ),
    ],
    *,
    sample: Annotated[
        int, typer.Option(min=1, help="Recorded executions to replay, the newest first.")
    ] = REPLAY_SAMPLE_MAX,
    threshold: Annotated[
        float,
        typer.Option(min=0, max=100, help="Percent of the executions that may be different."),
    ] = 0,
) -> None:
    """Execute recorded inputs on two versions, and show where these differ.

    Nothing is reached: hosts, values, signatures and tools are answered from the records. Exits
    with 1 if more executions differ than may, or if the new version takes more time or memory.
    """
    api = api_of(context)
    old, _, new = versions.partition("..")
    if not old:
        raise VersionsError(f"{versions!r} is not like live..7")
    found = find_function(api, function)
    with working(f"replaying {found['name']}"):
        report = _report(api, f"functions/{found['id']}/replays", old, new or LATEST, sample)
    if session_of(context).as_json:
        print_json(report.document)
    else:
        for line in lines_of(report):
            typer.echo(line)
    summary: Any = report.summary
    if summary["different_percent"] > threshold or report.takes_more:
        raise typer.Exit(1)
    if not summary["compared"]:
        warn('nothing was compared: with "record": "replayable" a function keeps what it takes')


def _report(api: Api, path: str, old: str, new: str, sample: int) -> Report:
    """Return the report of a whole sample, which may take several requests."""
    report: Report | None = None
    start: dict[str, Any] = {}
    while True:
        wanted = {"from": old, "to": new, "sample": min(sample, REPLAY_SAMPLE_MAX), **start}
        page = api.post(path, wanted)
        found = Report.of(page)
        try:
            report = found if report is None else report | found
        except ValueError as error:
            raise VersionsError(f"a version changed in between: {error}") from error
        # An alias may move while this goes on; what it stands for stays.
        old, new, sample = found.old, found.new, sample - len(found.executions)
        before, start = start, {"start_key": page.get("next_start_key")}
        if sample <= 0 or not start["start_key"] or start == before:
            return report
