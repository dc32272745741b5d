"""The commands ``isolambda schema``."""

from typing import Annotated

import typer

from isolambda_cli.api.functions import find_function
from isolambda_cli.api.options import AuthorCommand, session_of
from isolambda_cli.command import CommandGroup, warn
from isolambda_cli.output import Row, print_json
from isolambda_cli.progress import working
from isolambda_cli.project.errors import ProjectError
from isolambda_cli.project.manifest import read_project
from isolambda_cli.project.remote import patient
from isolambda_cli.schema.inference import Shape
from isolambda_cli.schema.records import samples
from isolambda_cli.schema.writing import write_schemas

app = typer.Typer(
    cls=CommandGroup,
    add_completion=False,
    help="Propose the schemas of a function.",
)

_SAMPLE = 200
_SAMPLE_MAX = 5_000


@app.callback()
def schema() -> None:
    """Propose the schemas of a function."""


@app.command(cls=AuthorCommand)
def infer(
    context: typer.Context,
    function: Annotated[
        str, typer.Argument(help="A function, by its name or its id.", show_default=False)
    ],
    *,
    sample: Annotated[
        int, typer.Option(min=1, max=_SAMPLE_MAX, help="How many executions to look at.")
    ] = _SAMPLE,
    write: Annotated[
        bool, typer.Option("--write", help="Write the schemas into files of the project.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Write over files that have another schema here.")
    ] = False,
) -> list[Row] | None:
    """Propose both schemas of a function from the latest recorded executions that ended well."""
    api = patient(session_of(context))
    project = read_project() if write else None
    spec = project.functions.get(function) if project else None
    if write and spec is None:
        raise ProjectError(f"the project has no function {function!r}: isolambda pull adds one")
    taken, returned = Shape(), Shape()
    with working():
        function_id = spec.id if spec else str(find_function(api, function)["id"])
        for call, result in samples(api, function_id, sample):
            taken.add(call)
            returned.add(result)
    count = taken.seen.total()
    if not count:
        raise ProjectError(
            'no recorded execution ended well; a function keeps those with `record` set to "all"'
        )
    warn(f"from {count} executions")
    proposed = {"input_schema": taken.schema(), "result_schema": returned.schema()}
    if project is not None and spec is not None:
        return write_schemas(project, spec, proposed, force=force)
    print_json(proposed)
    return None
