"""What authors and operators say of a secret when they put it."""

from typing import Annotated

import typer

from isolambda_cli.command import fail
from isolambda_cli.hosts import checked_hosts
from isolambda_cli.standard_streams import hidden_input
from isolambda_core.domain.documents import Document
from isolambda_core.domain.limits import SECRET_BYTES, SECRET_OVERLAP_S

Name = Annotated[str, typer.Argument(help="Name of a secret, as STRIPE_KEY.", show_default=False)]
Hosts = Annotated[
    list[str] | None,
    typer.Option(
        callback=checked_hosts,
        help="A host that the value may go to, or *. and a name; may be repeated.",
    ),
]
Sign = Annotated[bool, typer.Option("--sign", help="It is a key that signs, and goes to no host.")]
OverlapS = Annotated[
    int,
    typer.Option(
        min=0, max=SECRET_OVERLAP_S, help="How long the value before is still masked; seconds."
    ),
]


def read_secret(hosts: list[str] | None, *, sign: bool, overlap_s: int) -> Document:
    """Return the document of a secret with the value that is read from stdin, or asked for.

    The value is no argument, which others on the machine could read.
    """
    return {
        "value": secret_value(),
        "hosts": list(hosts or ()),
        "sign": sign,
        "overlap_s": overlap_s,
    }


def secret_value() -> str:
    """Return the value of a secret, without the end of its line."""
    # One that is longer, with a line end, is too long for what checks it.
    data = hidden_input("Value", SECRET_BYTES + 3)
    try:
        return data.removesuffix(b"\n").removesuffix(b"\r").decode()
    except UnicodeDecodeError:
        fail("the value is not UTF-8")
