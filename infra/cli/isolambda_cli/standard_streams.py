"""The standard streams of a command, any of which may be closed when it starts."""

import sys
from typing import TextIO

import typer

from isolambda_cli.command import fail
from isolambda_core.domain.limits import SECRET_BYTES


def is_terminal(stream: TextIO | None) -> bool:
    """Return whether a person is at the other end of a stream."""
    return stream is not None and stream.isatty()


def hidden_input(question: str, most: int) -> bytes:
    """Return what a person types and does not see; elsewhere up to ``most`` bytes of the input."""
    if is_terminal(sys.stdin):
        return str(typer.prompt(question, hide_input=True, err=True)).encode()
    return b"" if sys.stdin is None else typer.get_binary_stream("stdin").read(most)


def secret_value() -> str:
    """Return the value of a secret, which is no argument: others see those."""
    # One that is longer, with a line end, is too long for what checks it.
    data = hidden_input("Value", SECRET_BYTES + 3)
    try:
        return data.removesuffix(b"\n").removesuffix(b"\r").decode()
    except UnicodeDecodeError:
        fail("the value is not UTF-8")
