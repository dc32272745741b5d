"""Published clients against a real server, each driven by a program under its own interpreter."""

from collections.abc import Callable, Iterator

import pytest

from tests.clients.programs import ENVIRONMENTS, HERE, Report, reported_by
from tests.support.servers import ONE_WORKER, Server, starting


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with starting(tmp_path_factory.mktemp("data")) as start:
        yield start(*ONE_WORKER)


@pytest.fixture(scope="module")
def drive(server: Server) -> Callable[[str, str], Report]:
    """Run a program under a client's interpreter, and return its report."""

    def run(client: str, program: str) -> Report:
        python = ENVIRONMENTS / client / "bin/python"
        return reported_by([python, HERE / "steps.py", program], server.credentials)

    return run
