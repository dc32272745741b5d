"""A home of the test's own, so that no profile of this machine is used."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _at_home(home: Path) -> Path:
    return home
