"""The command ``isolambda audit``."""

from itertools import islice

import typer

from isolambda_api.kazoo.gregorian import gregorian
from isolambda_cli.api.options import AuthorCommand, api_of, session_of
from isolambda_cli.audit_lines import (
    NUMBER,
    From,
    KeyId,
    Number,
    TargetId,
    To,
    row_of,
    unix_seconds,
)
from isolambda_cli.output import Row, print_json
from isolambda_core.domain.limits import PAGE_SIZE_MAX

app = typer.Typer(add_completion=False)


@app.command(cls=AuthorCommand)
def audit(
    context: typer.Context,
    *,
    target: TargetId = None,
    key: KeyId = None,
    since: From = None,
    until: To = None,
    number: Number = NUMBER,
) -> list[Row] | None:
    """Show what was changed in the account, and who changed it.

    The latest comes first. With --json each is a line of JSON, with what it was before and after.
    """
    begin, end = unix_seconds(since), unix_seconds(until)
    query = {
        "target": target,
        "key_id": key,
        "from": None if begin is None else gregorian(begin),
        "to": None if end is None else gregorian(end),
        "page_size": min(number, PAGE_SIZE_MAX),
    }
    found = islice(api_of(context).pages("audit", **query), number)
    if not session_of(context).as_json:
        return [row_of(entry) for entry in found]
    for entry in found:
        print_json(entry, indent=None)
    return None
