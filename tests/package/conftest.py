"""The package as `make package` builds it, installed where nothing else of the checkout is."""

import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from infra.build import python313
from tests.package.dist import Dist, built, install, make, succeed
from tests.package.recipe import removals


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Dist:
    """Wheel and sdist, built and checked by ``make package``."""
    folder = tmp_path_factory.mktemp("dist")
    assert make("package", f"DIST={folder}").count("PASSED") == 2
    return built(folder)


@pytest.fixture(scope="session")
def command(dist: Dist, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command in a fresh environment, outside of the checkout."""
    return install(dist, tmp_path_factory.mktemp("installed") / "venv", sys.executable)


@pytest.fixture(scope="session")
def public_environment(dist: Dist) -> Iterator[Path]:
    """An environment of Python 3.13 with what the image has, that all users may read."""
    python = python313.find()
    if python is None:
        pytest.skip(f"{python313.NONE_HERE}: THE IMAGE'S COMMANDS WERE NOT RUN; install python3.13")
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        install(dist, Path(folder) / "venv", python)
        for removal in removals(Path(folder) / "venv"):
            succeed(*removal)
        yield Path(folder) / "venv"
