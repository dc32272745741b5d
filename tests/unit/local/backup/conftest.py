"""A data directory with something of each kind in it."""

from pathlib import Path

import pytest

from tests.support.data_directories import a_data_directory


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return a_data_directory(tmp_path / "data")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A place for a backup."""
    return tmp_path / "backup.tar"
