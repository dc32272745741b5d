"""A client of AWS is made when it is first used, or when a snapshot is taken."""

from collections.abc import Iterator

import boto3
import pytest
import snapshot_restore_py  # type: ignore[import-untyped]
from botocore.config import Config

from isolambda_api.clients import deferred


@pytest.fixture(autouse=True)
def region(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    yield
    snapshot_restore_py._before_snapshot_registry.clear()


@pytest.fixture
def made() -> list[Config]:
    """The configuration of each client that was made."""
    return []


def test_a_client_is_made_once_and_only_when_it_is_used(made: list[Config]) -> None:
    def configure() -> Config:
        made.append(Config(read_timeout=7))
        return made[-1]

    client = deferred("dynamodb", configure)
    assert made == []

    assert client.meta.service_model.service_name == "dynamodb"
    assert client.meta.config.read_timeout == 7
    assert len(made) == 1


def test_a_snapshot_has_every_client(made: list[Config]) -> None:
    def configure() -> Config:
        made.append(Config())
        return made[-1]

    deferred("dynamodb", configure)
    deferred("sqs", configure)
    for before_snapshot, arguments, named in snapshot_restore_py.get_before_snapshot():
        before_snapshot(*arguments, **named)

    assert len(made) == 2
