"""The command ``isolambda functions``."""

import typer

from isolambda_cli.api.options import AuthorCommand, api_of
from isolambda_cli.output import Row, gregorian_text
from isolambda_core.domain.limits import PAGE_SIZE_MAX

_FIELDS = '["name","enabled","_read_only"]'

app = typer.Typer(add_completion=False)


@app.command(cls=AuthorCommand)
def functions(context: typer.Context) -> list[Row]:
    """List the functions of the account, by name."""
    found = list(api_of(context).pages("functions", page_size=PAGE_SIZE_MAX, fields=_FIELDS))
    return [
        {
            "name": each["name"],
            "function_id": each["id"],
            "enabled": each.get("enabled"),
            "modified": gregorian_text(each.get("_read_only", {}).get("modified")),
        }
        for each in sorted(found, key=lambda each: (each["name"], each["id"]))
    ]
