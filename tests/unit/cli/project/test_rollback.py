"""``isolambda rollback`` has an alias go back by one version."""

import json

import httpx2
import pytest

from tests.unit.cli.installations import isolambda
from tests.unit.cli.project.cloud import Cloud


def test_an_alias_goes_back_to_the_version_before(cloud: Cloud, greet: str) -> None:
    cloud.run("deploy", "--alias", "live")
    cloud.edit("src/greet.js", "hi", "hello")
    cloud.run("deploy", "--alias", "live")

    row = json.loads(cloud.run("rollback", "greet", "--json"))

    assert row == {"function": "greet", "alias": "live", "from": 2, "to": 1}
    assert cloud.ask("GET", f"{greet}/aliases/live")["version"] == 1


def test_where_there_is_nothing_before_the_error_says_so(cloud: Cloud) -> None:
    cloud.run("deploy", "--alias", "live")

    assert "There is nothing to go back to" in cloud.fail("rollback", "greet").stderr


def test_an_alias_that_is_not_there_is_named(cloud: Cloud) -> None:
    cloud.run("deploy")

    assert (
        "greet has no alias 'stage'" in cloud.fail("rollback", "greet", "--alias", "stage").stderr
    )


def test_a_function_that_is_not_there_is_named(cloud: Cloud) -> None:
    assert "nothing" in cloud.fail("rollback", "nothing").stderr


def test_a_project_waits_for_its_turn_from_the_first_request_on(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("isolambda_cli.api.client.sleep", pauses.append)
    busy = httpx2.Response(429, json={"data": {"message": "busy"}}, headers={"Retry-After": "2"})
    cloud.before = lambda _: None if pauses else busy

    for words in (("deploy", "--dry-run"), ("diff",), ("pull", "x"), ("rollback", "x")):
        pauses.clear()
        isolambda(*words)

        assert pauses == [2], words


def test_a_broken_contract_keeps_the_alias_until_it_is_forced(cloud: Cloud, greet: str) -> None:
    cloud.run("deploy", "--alias", "live")
    cloud.edit("src/greet.js", "hi", "hello")
    cloud.run("deploy", "--alias", "live")
    cloud.ask("PATCH", f"{greet}/aliases/live", {"contract": "enforced"})
    cloud.ask("PUT", f"{greet}/calls/greets", {"input": 1, "expect": {"outcome": "exception"}})

    refused = cloud.fail("rollback", "greet")
    alone = cloud.fail("rollback", "greet", "--force")
    cloud.run("rollback", "greet", "--force", "--reason", "it is down")

    assert "✗ greets: the outcome is another" in refused.stderr
    assert "the alias stays where it is: saved calls that fail: 1" in refused.stderr
    assert "--force and --reason go together" in alone.stderr
    alias = cloud.ask("GET", f"{greet}/aliases/live")
    assert (alias["version"], alias["history"][0]["reason"]) == (1, "it is down")
