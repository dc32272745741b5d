"""The commands ``isolambda approvals``."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from isolambda_cli.api.client import part
from isolambda_cli.api.options import AuthorCommand, api_of, session_of
from isolambda_cli.command import CommandGroup
from isolambda_cli.output import Row, gregorian_text, print_json
from isolambda_cli.terminal import readable_json

app = typer.Typer(
    cls=CommandGroup,
    add_completion=False,
    help="Decide on calls of tools that a person is to approve.",
)

_APPROVALS = "approvals"

ApprovalId = Annotated[str, typer.Argument(metavar="ID", help="The id of an approval.")]


@app.command("list", cls=AuthorCommand)
def list_approvals(
    context: typer.Context,
    *,
    every: Annotated[
        bool, typer.Option("--all", help="Also those that are decided, of the last 24 hours.")
    ] = False,
) -> list[Row]:
    """List the calls that wait for a decision, the first one first."""
    found = api_of(context).pages(_APPROVALS, ascending=True)
    return [_row(each) for each in found if every or each["status"] == "waiting"]


@app.command(cls=AuthorCommand)
def show(context: typer.Context, approval_id: ApprovalId) -> None:
    """Print a call as JSON, with all of its arguments."""
    approval = api_of(context).get(f"{_APPROVALS}/{part(approval_id)}")
    if session_of(context).as_json:
        print_json(approval)
    else:
        shown = ("id", "status", "tool", "function_id", "key_id", "arguments")
        typer.echo(readable_json({key: approval[key] for key in shown}))


@app.command(cls=AuthorCommand)
def approve(context: typer.Context, approval_id: ApprovalId) -> Row:
    """Let the key that made the call execute it once, with the same arguments."""
    return _decided(context, approval_id, "approve")


@app.command(cls=AuthorCommand)
def deny(context: typer.Context, approval_id: ApprovalId) -> Row:
    """Refuse the call, also one that was approved and is not executed yet."""
    return _decided(context, approval_id, "deny")


def _decided(context: typer.Context, approval_id: str, verb: str) -> Row:
    return _row(api_of(context).post(f"{_APPROVALS}/{part(approval_id)}/{verb}", {}))


def _row(approval: Mapping[str, Any]) -> Row:
    return {
        "approval_id": approval["id"],
        "status": approval["status"],
        "tool": approval["tool"],
        "key_id": approval["key_id"],
        "asked": gregorian_text(approval["asked"]),
        "expires": gregorian_text(approval["expires"]),
    }
