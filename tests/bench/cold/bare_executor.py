"""A Lambda that evaluates JavaScript with the plain library, in its own process."""

from typing import Any

from py_mini_racer import MiniRacer

racer = MiniRacer()


def handler(event: str, _context: object) -> Any:
    return racer.eval(event)
