"""Isolates of this process, with the chunks of the product."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from isolambda_core.domain.limits import MEMORY_MB_MAX, MIB
from isolambda_executor.engine import Engine
from tests.unit.executor.answering import answer_of
from tests.unit.executor.platform.asking import open_asking
from tests.unit.executor.platform.evaluating import Evaluate, Run, open_isolate


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
    """Return the result of a source, which runs in an isolate of its own; fail if it throws.

    It has the most memory that a document can give a function.
    """

    def run(source: str, features: str = "") -> Any:
        isolate = engine.isolate()
        isolate.set_memory_limit(MEMORY_MB_MAX * MIB)
        answer = answer_of(isolate, source, features)
        isolate.close()
        assert not answer.startswith(b"\n"), answer
        return json.loads(answer)

    return run


@pytest.fixture(scope="session")
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)
