"""The command ``isolambda dev``."""

import signal
import sys
from time import monotonic
from typing import Annotated, Any

import typer

from isolambda_cli.api.errors import UnreachableError
from isolambda_cli.api.options import PlainCommand, session_of
from isolambda_cli.command import fail
from isolambda_cli.dev.again import run_again
from isolambda_cli.dev.deployment import Deployment
from isolambda_cli.dev.events import (
    Changed,
    Events,
    Executed,
    Pressed,
    ServerEnded,
    single_keys,
)
from isolambda_cli.dev.json_lines import JsonLines
from isolambda_cli.dev.server import LOG, DevServer, serving
from isolambda_cli.dev.terminal import Terminal
from isolambda_cli.project.manifest import Project, read_project
from isolambda_core.adapters.clock import SystemClock

app = typer.Typer(add_completion=False)

_ENDED = f"the server has ended; {LOG} says why"


@app.command(cls=PlainCommand)
def dev(
    context: typer.Context,
    *,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port to serve on; 0 takes any free one.")
    ] = 8787,
) -> None:
    """Serve the project on this machine, and follow its files.

    A change is live at once. Executions are shown as they end. Keys: r runs the last call again, q
    ends. Data is kept in .isolambda/dev. With --json all that happens is a line of JSON.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        project = read_project()
        with serving(project.folder, port) as server, single_keys():
            is_json = session_of(context).as_json
            _follow(project, server, JsonLines() if is_json else Terminal(project.folder))
    except UnreachableError:
        fail(_ENDED)
    except KeyboardInterrupt:
        return


def _follow(project: Project, server: DevServer, output: Terminal | JsonLines) -> None:
    begun_ms = SystemClock().now_ms()
    api = server.api()
    deployment = Deployment(api, project)
    output.begin(api.url)
    output.show(deployment.begin(), monotonic())
    last: dict[str, Any] | None = None
    for event in Events(project.folder, server, begun_ms):
        match event:
            case Changed(paths):
                output.show(deployment.follow(paths), monotonic())
            case Executed(entry):
                last = entry
                output.executed(entry, deployment.project)
            case Pressed("q"):
                return
            case Pressed("r"):
                why_not = run_again(api, last)
                if why_not is not None:
                    output.say(why_not)
            case ServerEnded():
                fail(_ENDED)
