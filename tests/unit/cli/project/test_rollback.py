"""``isolambda rollback`` has an alias go back by one version."""

import json

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
