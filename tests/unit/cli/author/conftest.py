"""A home of the test's own, with a profile that names the test's server."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _logged_in(logged_in: Path) -> Path:
    return logged_in
