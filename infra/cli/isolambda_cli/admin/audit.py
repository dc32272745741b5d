"""The command ``isolambda admin audit``."""

from collections.abc import Iterator
from itertools import islice
from typing import Annotated, Any

import typer

from isolambda_cli.admin.options import OperatorCommand, prints_json, target_of
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
from isolambda_cli.output import Row
from isolambda_core.domain.ids import MS_MAX
from isolambda_core.domain.limits import PAGE_SIZE_MAX
from isolambda_core.services.audit.audit import AuditFilter, AuditService

app = typer.Typer(add_completion=False)


@app.command(cls=OperatorCommand)
def audit(
    context: typer.Context,
    account_id: Annotated[
        str, typer.Argument(help="Id of an account, also of one that is gone.", show_default=False)
    ],
    *,
    target: TargetId = None,
    key: KeyId = None,
    since: From = None,
    until: To = None,
    number: Number = NUMBER,
) -> list[Row] | list[Any]:
    """Show what was changed in an account, and who changed it.

    The latest comes first. With --json also what it was before and after.
    """
    begin, end = unix_seconds(since), unix_seconds(until)
    asked = AuditFilter(
        target,
        key,
        0 if begin is None else begin * 1_000,
        MS_MAX if end is None else (end + 1) * 1_000,
    )
    found = islice(_iterate(target_of(context).audit, account_id, asked), number)
    return list(found) if prints_json(context) else [row_of(entry) for entry in found]


def _iterate(
    service: AuditService, account_id: str, asked: AuditFilter
) -> Iterator[dict[str, Any]]:
    after = None
    while True:
        page = service.list(account_id, PAGE_SIZE_MAX, after, asked)
        yield from ({"id": entry.id, **entry.document} for entry in page.items)
        after = page.next_after
        if after is None:
            return
