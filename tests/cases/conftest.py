"""The cases: one folder each, with `function.js` and `case.json`.

`case.json` holds `outcome`, and where they matter `input`, `limits`, `isolation`, `result`, `error`
and `exceeded` (the keys that must agree) and `logs` (`[level, text]` pairs). `kill_with` names a
signal that ends the worker from outside while the function runs.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from isolambda_executor.supervisor import Supervisor

CASES = Path(__file__).parent


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        folders = sorted(path.parent for path in CASES.glob("*/*/case.json"))
        metafunc.parametrize("case", folders, ids=lambda path: f"{path.parent.name}/{path.name}")


@pytest.fixture(scope="session")
def supervisor() -> Iterator[Supervisor]:
    with Supervisor(workers=1) as supervisor:
        yield supervisor
