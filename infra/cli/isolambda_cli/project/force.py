"""The options that move an alias whose contract is broken."""

from typing import Annotated

import typer

from isolambda_cli.project.errors import ProjectError
from isolambda_core.domain.documents import Document

Force = Annotated[
    bool, typer.Option("--force", help="Move the alias though its contract is broken.")
]
Reason = Annotated[
    str | None,
    typer.Option(help="Why, with --force; it stays in the history.", show_default=False),
]


def forced_by(reason: str | None, *, force: bool) -> Document:
    """Return what a request says beside an alias.

    Raises:
        ProjectError: one of the two options is there without the other.
    """
    if force != bool(reason):
        raise ProjectError("--force and --reason go together")
    return {"force": True, "reason": reason} if force else {}
