"""Fixtures for what the console makes of the API's answers."""

import pytest

from tests.unit.console.models import Evaluate, evaluator


@pytest.fixture(scope="session")
def evaluate(tmp_path_factory: pytest.TempPathFactory) -> Evaluate:
    """Return the JSON of an expression that uses ``models`` and what is given by name."""
    return evaluator(tmp_path_factory.mktemp("models"))
