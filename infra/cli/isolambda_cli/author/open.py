"""The command ``isolambda open``."""

import sys
import webbrowser
from typing import Annotated

import typer

from isolambda_cli.api.functions import find_function
from isolambda_cli.api.options import AuthorCommand, api_of
from isolambda_cli.output import Row
from isolambda_cli.standard_streams import is_terminal

app = typer.Typer(add_completion=False)


@app.command("open", cls=AuthorCommand)
def open_console(
    context: typer.Context,
    function: Annotated[
        str | None, typer.Argument(help="Id or name of a function.", show_default=False)
    ] = None,
) -> Row:
    """Open the console in a browser.

    Its URL is printed, too. The console asks for a key; none is in the URL.
    """
    api = api_of(context)
    page = "" if function is None else f"#/functions/{find_function(api, function)['id']}"
    url = f"{api.url}/console{page}"
    return {"url": url, "opened": is_terminal(sys.stdout) and webbrowser.open(url)}
