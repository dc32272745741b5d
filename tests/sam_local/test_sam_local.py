"""The built Lambdas in containers, as `sam local` runs them; and the message without an engine."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sam_local.engine import Engine, NoEngineError
from tests.sam_local.sam import SamLocal, sam_local
from tests.stack.stack import Stack

SOURCE = "return {hi: call.name};"


@pytest.fixture(scope="session")  # as the stack, which is not deployed for nothing
def engine() -> Engine:
    try:
        return Engine.find(os.environ.get("DOCKER_HOST"))  # noqa: TID251 - Docker's own setting
    except NoEngineError:
        pytest.skip("NO CONTAINER ENGINE HERE: `make sam-local` was not tested")


@pytest.fixture(scope="module")
def host(
    engine: Engine, stack: Stack, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SamLocal]:
    before = engine.containers()
    with sam_local(stack, engine, tmp_path_factory.mktemp("sam")) as served:
        yield served
    assert engine.containers() == before, "SAM left containers behind"


@pytest.mark.timeout(1_800)
def test_a_function_is_executed_in_a_container_through_the_api_in_another(host: SamLocal) -> None:
    function = host.create(SOURCE)

    executed = host.execute(function, {"name": "Ada"})

    assert (executed["outcome"], executed["result"]) == ("ok", {"hi": "Ada"})


def test_codemash_is_answered_alike(host: SamLocal) -> None:
    function = host.create(SOURCE)

    with host.client(Authorization=f"Bearer {host.credentials['api_key']}") as client:
        answer = client.post(
            f"/v2/serverless/functions/{function}/execute", json={"Template": '{"name": "Ada"}'}
        )

    assert answer.json()["result"] == '{"hi":"Ada"}'


def test_an_endless_loop_is_ended_in_its_container(host: SamLocal) -> None:
    function = host.create("while (true);", limits={"wall_time_ms": 100})

    with host.client() as client:
        answer = client.post(host.functions_url(function) + "/execute", json={"data": {}})

    assert answer.json()["data"]["outcome"] == "exceeded_wall_time"


def test_without_an_engine_the_target_says_what_is_missing(tmp_path: Path) -> None:
    nowhere = f"unix://{tmp_path}/nobody"

    ended = subprocess.run(
        [sys.executable, "-m", "tests.sam_local"],
        env={"PATH": os.defpath, "DOCKER_HOST": nowhere},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 1
    assert ended.stderr.startswith(
        f"NO CONTAINER ENGINE: nothing answers as Docker does at {nowhere}"
    )
