"""The commands ``isolambda receipts``."""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from isolambda_cli.api.chosen_profile import choose
from isolambda_cli.api.client import part
from isolambda_cli.api.functions import find_function
from isolambda_cli.api.key_sets import PATH, read_key_set
from isolambda_cli.api.options import AuthorCommand, api_of, session_of
from isolambda_cli.author.receipt_claims import require_input, require_result, require_source
from isolambda_cli.command import CommandGroup
from isolambda_cli.output import Row, print_json
from isolambda_cli.terminal import printable
from isolambda_core.domain.limits import RECEIPT_CHARACTERS

app = typer.Typer(
    cls=CommandGroup, add_completion=False, help="Fetch and verify receipts of executions."
)

_STDIN = "-"


@app.command(cls=AuthorCommand)
def fetch(
    context: typer.Context,
    function: Annotated[str, typer.Argument(help="Id or name of a function.", show_default=False)],
    execution_id: Annotated[
        str, typer.Argument(metavar="EXECUTION", help="Id of an execution.", show_default=False)
    ],
) -> None:
    """Print the receipt of an execution that has ended."""
    api = api_of(context)
    function_id = find_function(api, function)["id"]
    path = f"functions/{function_id}/executions/{part(execution_id)}/receipt"
    receipt: dict[str, str] = api.get(path)
    if session_of(context).as_json:
        print_json(receipt)
    else:
        typer.echo(printable(receipt["receipt"]))


@app.command(cls=AuthorCommand)
def verify(
    context: typer.Context,
    receipt: Annotated[
        str,
        typer.Argument(metavar="FILE", help="The receipt; - is stdin.", show_default=False),
    ],
    *,
    jwks: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|URL",
            help="The keys of the installation; by default those that the profile's server has.",
        ),
    ] = None,
    input_file: Annotated[
        Path | None, typer.Option("--input", help="JSON that is to be the input.")
    ] = None,
    result_file: Annotated[
        Path | None, typer.Option("--result", help="JSON that is to be the result.")
    ] = None,
    source: Annotated[
        Path | None,
        typer.Option(
            help="What is to be the source: a file of it, or the JSON of a function or a version."
        ),
    ] = None,
) -> Row | None:
    """Verify a receipt, and show what it says; with --jwks FILE nothing is asked.

    The exit code is 1 where it is not of the installation, or where input, result or source are not
    those of the receipt.
    """
    # The imports take 40 ms, which no other command needs.
    from isolambda_core.adapters.receipt_reader import read_receipt  # noqa: PLC0415

    session = session_of(context)
    text = _read(receipt)
    keys = read_key_set(jwks or f"{choose(session.profile).url}{PATH}")
    kid, claims = read_receipt(text, keys)
    checked = []
    for name, path, require in (
        ("input", input_file, require_input),
        ("result", result_file, require_result),
        ("source", source, require_source),
    ):
        if path is not None:
            require(claims, path)
            checked.append(name)
    if session.as_json:
        print_json({"kid": kid, "claims": claims, "checked": checked})
        return None
    return _row(kid, claims, checked)


def _read(place: str) -> str:
    if place == _STDIN:
        data = sys.stdin.buffer.read(RECEIPT_CHARACTERS + 2)
    else:
        with Path(place).open("rb") as file:
            data = file.read(RECEIPT_CHARACTERS + 2)
    # Anything else than ASCII is no receipt, and is refused as that.
    return data.decode("latin-1").strip(" \t\r\n")


def _row(kid: str, claims: Mapping[str, Any], checked: list[str]) -> Row:
    usage = ", ".join(f"{name} {value}" for name, value in claims["usage"].items())
    texts = ("iss", "execution_id", "account_id", "function_id", "version")
    digests = ("source_sha256", "input_sha256", "result_sha256")
    return {
        "signed_by": kid,
        **{name: claims[name] for name in texts},
        "created": _time(claims["created_ms"]),
        "ended": _time(claims["ended_ms"]),
        "outcome": claims["outcome"],
        **{name: claims[name] for name in digests},
        "usage": usage,
        "checked": checked or None,
    }


def _time(at_ms: int) -> str:
    try:
        moment = datetime.fromtimestamp(at_ms / 1000, UTC)
    except (OverflowError, ValueError, OSError):  # an installation may sign anything
        return str(at_ms)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
