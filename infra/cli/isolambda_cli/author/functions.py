"""The command ``isolambda functions``."""

import typer

from isolambda_cli.api.options import AuthorCommand, api_of
from isolambda_cli.output import Row
from isolambda_core.domain.limits import PAGE_SIZE_MAX

app = typer.Typer(add_completion=False)


@app.command(cls=AuthorCommand)
def functions(context: typer.Context) -> list[Row]:
    """List the functions of the account, by name."""
    found = list(api_of(context).pages("functions", page_size=PAGE_SIZE_MAX))
    return [
        {"name": each["name"], "function_id": each["id"], "enabled": each["enabled"]}
        for each in sorted(found, key=lambda each: (each["name"], each["id"]))
    ]
