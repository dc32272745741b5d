"""A server of the test's own, and a home without profiles."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from isolambda_cli.api.client import Api
from tests.unit.cli.fake_api import ACCOUNT, KEY, URL, FakeApi, answering


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeApi]:
    with answering(monkeypatch) as answers:
        yield answers


@pytest.fixture
def api() -> Iterator[Api]:
    opened = Api(URL, ACCOUNT, KEY)
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have the author's home and folder in a place of the test's own, without a profile."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    for name in ("XDG_CONFIG_HOME", "ISOLAMBDA_URL", "ISOLAMBDA_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(folder)
    return folder
