"""The standard streams of a command, any of which may be closed when it starts."""

import sys
from typing import TextIO

import typer


def is_terminal(stream: TextIO | None) -> bool:
    """Return whether a person is at the other end of a stream."""
    return stream is not None and stream.isatty()


def hidden_input(question: str, most: int) -> bytes:
    """Return what a person types and does not see; elsewhere up to ``most`` bytes of the input."""
    if is_terminal(sys.stdin):
        return str(typer.prompt(question, hide_input=True, err=True)).encode()
    return input_bytes(most)


def input_bytes(most: int) -> bytes:
    """Return up to ``most`` bytes of the input; none where it is closed."""
    return b"" if sys.stdin is None else typer.get_binary_stream("stdin").read(most)
