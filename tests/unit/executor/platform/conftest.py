"""Isolates of this process, with the chunks of the product."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from isolambda_executor.engine import Engine
from tests.unit.executor.platform.asking import open_asking
from tests.unit.executor.platform.evaluating import Evaluate, Run, open_isolate

_WAIT_S = 60.0
_LEFT_MS = 60_000
_BYTES = 1 << 20


@pytest.fixture(scope="session")
def engine() -> Engine:
    return Engine()


@pytest.fixture
def evaluate(engine: Engine) -> Iterator[Evaluate]:
    """One isolate for a whole test: its sources share their globals."""
    with open_isolate(engine) as evaluate:
        yield evaluate


@pytest.fixture
def ask(engine: Engine) -> Iterator[Evaluate]:
    """Evaluate sources that see what they ask, and speak for the trusted side."""
    with open_asking(engine) as evaluate:
        yield evaluate


@pytest.fixture
def run(engine: Engine) -> Run:
    """Return the result of a source, which runs in an isolate of its own; fail if it throws."""

    def run(source: str, features: str = "") -> Any:
        isolate = engine.isolate()
        isolate.call("load", source, features, timeout_s=_WAIT_S)
        answer = isolate.run(b"{}", b"{}", _LEFT_MS, _BYTES, 0, timeout_s=_WAIT_S)
        while not isinstance(answer, bytes):
            answer = isolate.answer_at_rest(_WAIT_S)
        isolate.await_rest(_WAIT_S, _WAIT_S)
        isolate.close()
        assert not answer.startswith(b"\n"), answer
        return json.loads(answer)

    return run
