"""A supervisor for the tests of what is behind it."""

from collections.abc import Iterator

import pytest

from isolambda_executor import context
from isolambda_executor.engine import Engine, Isolate
from isolambda_executor.supervisor import Supervisor
from tests.unit.executor.printing import Printer
from tests.unit.executor.supervised import run

_WAIT_S = 60.0


@pytest.fixture(scope="session")
def engine() -> Engine:
    """V8 in this process."""
    return Engine()


@pytest.fixture
def isolate(engine: Engine) -> Iterator[Isolate]:
    isolate = engine.isolate()
    yield isolate
    isolate.close()


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    """One worker, and another that stands by, which starts after the first answer."""
    with Supervisor(workers=1) as supervisor:
        run(supervisor, "return 0")
        yield supervisor


@pytest.fixture(scope="module")
def shared() -> Iterator[Supervisor]:
    """A supervisor for tests which each look at nothing but the results of their executions."""
    with Supervisor(workers=1) as supervisor:
        run(supervisor, "return 0")
        yield supervisor


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let V8 take long to stop: a busy machine may need longer than a worker is given."""
    monkeypatch.setattr(context, "_CANCEL_CPU_S", _WAIT_S)
    monkeypatch.setattr(context, "_CANCEL_MAX_S", _WAIT_S)


@pytest.fixture(scope="session")
def printer() -> Printer:
    return Printer()
