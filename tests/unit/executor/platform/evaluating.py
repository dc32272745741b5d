"""What a source returns, in an isolate of this process."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from isolambda_executor.engine import Engine
from tests.unit.executor.answering import answer_of

Evaluate = Callable[[str], object]
Run = Callable[..., Any]
"""Returns the result of a source, which may need features, in an isolate of its own."""


@contextmanager
def open_isolate(engine: Engine, context: str = "{}") -> Iterator[Evaluate]:
    """Give what evaluates sources, which must not throw, one after the other in one isolate."""
    isolate = engine.isolate()

    def evaluate(source: str) -> object:
        return json.loads(answer_of(isolate, source, context=context))

    yield evaluate
    isolate.close()


def thrown(evaluate: Evaluate, source: str) -> tuple[str, str]:
    """Return the name and the message of what a source throws; both are empty if nothing is."""
    error = evaluate(
        f"try {{ {source} }} catch (it) {{ return [it.name, it.message] }} return ['', '']"
    )
    assert isinstance(error, list)
    return error[0], error[1]
