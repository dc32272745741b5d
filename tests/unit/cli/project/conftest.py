"""A project in the current folder, and an account to deploy it to."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from anyio.from_thread import start_blocking_portal
from starlette.testclient import TestClient

from isolambda_api.app import Services, create_app
from isolambda_cli.project.functions import id_of
from tests.support.fakes import ScriptedExecutor
from tests.unit.cli.project.cloud import URL, Cloud

MANIFEST = """\
[project]
name = "shop"

[functions.greet]
main = "src/greet.js"
limits = { wall_time_ms = 1000 }

[[functions.greet.triggers]]
name = "mornings"
type = "schedule"
schedule = "cron(0 9 * * ? *)"

[functions.greet.aliases]
live = "deploy"

[functions.bye]
main = "src/bye.js"
"""


@pytest.fixture(scope="session")
def _portal() -> Iterator[None]:
    """Answer all requests on one event loop, and start no thread for each."""
    with start_blocking_portal() as portal, pytest.MonkeyPatch.context() as patch:
        patch.setattr(TestClient, "portal", portal)
        yield


@pytest.fixture
def cloud(
    services: Services,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    _portal: None,
) -> Cloud:
    account, key = services.accounts.create_top("acme")
    cloud = Cloud(TestClient(create_app(services)), account.id, key, tmp_path)
    monkeypatch.setattr(
        httpx2.HTTPTransport, "handle_request", lambda _, request: cloud.handle(request)
    )
    monkeypatch.setenv("ISOLAMBDA_URL", URL)
    monkeypatch.setenv("ISOLAMBDA_KEY", key)
    monkeypatch.chdir(tmp_path)
    cloud.write("isolambda.toml", MANIFEST)
    cloud.write("src/greet.js", "return {hi: call.name};")
    cloud.write("src/bye.js", "return 'bye';")
    return cloud


@pytest.fixture
def compiles(executor: ScriptedExecutor) -> None:
    """Have the executor compile all modules, to nothing."""
    executor.returns(b'{"compiled":{"files":[]}}')


@pytest.fixture
def greet() -> str:
    """The path of the project's first function."""
    return f"functions/{id_of('shop', 'greet')}"
