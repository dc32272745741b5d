"""What a source returns, in an isolate of this process."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from isolambda_executor.engine import Engine

_WAIT_S = 60.0
_LEFT_MS = 60_000
_LOG_BYTES = 1 << 20

Evaluate = Callable[[str], object]
Run = Callable[..., Any]
"""Returns the result of a source, which may need features, in an isolate of its own."""


@contextmanager
def open_isolate(engine: Engine, context: str = "{}") -> Iterator[Evaluate]:
    """Give what evaluates sources, which must not throw, one after the other in one isolate."""
    isolate = engine.isolate()

    def evaluate(source: str) -> object:
        isolate.call("load", source, "", timeout_s=_WAIT_S)
        given = context.encode()
        answer = isolate.run(b"{}", given, _LEFT_MS, _LOG_BYTES, 0, timeout_s=_WAIT_S)
        while not isinstance(answer, bytes):
            answer = isolate.answer_at_rest(_WAIT_S)
        isolate.await_rest()
        return json.loads(answer)

    yield evaluate
    isolate.close()


def thrown(evaluate: Evaluate, source: str) -> tuple[str, str]:
    """Return the name and the message of what a source throws; both are empty if nothing is."""
    error = evaluate(
        f"try {{ {source} }} catch (it) {{ return [it.name, it.message] }} return ['', '']"
    )
    assert isinstance(error, list)
    return error[0], error[1]
