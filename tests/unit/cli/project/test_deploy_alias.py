"""``isolambda deploy --alias`` publishes a version where an alias does not stand for the draft."""

import httpx2
import pytest

from tests.unit.cli.project.cloud import Cloud


def live(cloud: Cloud, greet: str) -> object:
    """Return the source that the alias stands for."""
    alias = cloud.ask("GET", f"{greet}/aliases/live")
    return cloud.ask("GET", f"{greet}/versions/{alias['version']}")["function_js"]


def versions(cloud: Cloud, greet: str) -> int:
    return len(cloud.ask("GET", f"{greet}/versions"))


def test_an_alias_is_made_for_the_first_version(cloud: Cloud, greet: str) -> None:
    printed = cloud.run("deploy", "--alias", "live")

    assert "done create alias greet:live version 1" in printed.splitlines()
    assert live(cloud, greet) == "return {hi: call.name};"


def test_an_alias_moves_to_what_changed(cloud: Cloud, greet: str) -> None:
    cloud.run("deploy", "--alias", "live")
    cloud.edit("src/greet.js", "hi", "hello")
    cloud.run("deploy")
    assert live(cloud, greet) == "return {hi: call.name};"
    _ = cloud.writes

    printed = cloud.run("deploy", "--alias", "live")

    assert "change\talias\tgreet:live\tversion\tfrom version 1" in printed
    assert cloud.writes == [
        "PUT /v2/api_auth",
        f"PUT {greet}/versions",
        f"PATCH {greet}/aliases/live",
    ]
    assert live(cloud, greet) == "return {hello: call.name};"


def test_what_no_version_freezes_publishes_none(cloud: Cloud, greet: str) -> None:
    cloud.run("deploy", "--alias", "live")
    cloud.edit("isolambda.toml", 'main = "src/greet.js"', 'main = "src/greet.js"\nrecord = "all"')

    cloud.run("deploy", "--alias", "live")

    assert cloud.ask("GET", greet)["record"] == "all"
    assert versions(cloud, greet) == 1


def test_a_share_of_another_version_ends(cloud: Cloud, greet: str) -> None:
    cloud.run("deploy", "--alias", "live")
    cloud.edit("src/greet.js", "hi", "hello")
    cloud.run("deploy")
    cloud.ask("PUT", f"{greet}/versions", {})
    share = {"additional_version": 2, "additional_version_weight": 0.5}
    cloud.ask("PATCH", f"{greet}/aliases/live", share)

    printed = cloud.run("deploy", "--alias", "live")

    assert "from versions 1 and 2" in printed
    alias = cloud.ask("GET", f"{greet}/aliases/live")
    assert (alias["version"], alias["additional_version"]) == (2, None)
    assert versions(cloud, greet) == 2


def test_an_alias_that_was_rolled_back_goes_forward_again(cloud: Cloud, greet: str) -> None:
    cloud.run("deploy", "--alias", "live")
    cloud.edit("src/greet.js", "hi", "hello")
    cloud.run("deploy", "--alias", "live")
    cloud.run("rollback", "greet")
    assert live(cloud, greet) == "return {hi: call.name};"

    cloud.run("deploy", "--alias", "live")

    assert live(cloud, greet) == "return {hello: call.name};"
    assert versions(cloud, greet) == 2


@pytest.mark.parametrize("to", ["versions", "aliases/live"])
def test_a_draft_or_an_alias_that_another_client_changes_meanwhile_is_not_made_live(
    cloud: Cloud, greet: str, to: str
) -> None:
    cloud.run("deploy", "--alias", "live")
    cloud.edit("src/greet.js", "hi", "hello")
    theirs = {"function_js": "return 'theirs';"}

    def before(request: httpx2.Request) -> None:
        if request.method in ("PUT", "PATCH") and request.url.path.endswith(f"{greet}/{to}"):
            cloud.before = lambda _: None
            if to == "versions":
                cloud.ask("PATCH", greet, theirs)
            else:
                cloud.ask("PATCH", f"{greet}/aliases/live", {"description": "theirs"})

    cloud.before = before

    result = cloud.fail("deploy", "--alias", "live")

    assert "another client changed " in result.stderr
    assert live(cloud, greet) == "return {hi: call.name};"


def test_a_version_that_is_made_by_hand_is_taken(cloud: Cloud, greet: str) -> None:
    cloud.run("deploy")
    cloud.ask("PUT", f"{greet}/versions", {})

    cloud.run("deploy", "--alias", "live")

    assert versions(cloud, greet) == 1


def test_a_function_that_does_not_list_the_alias_gets_none(cloud: Cloud) -> None:
    printed = cloud.run("deploy", "--alias", "live", "--dry-run")

    assert "greet:live" in printed
    assert "bye:live" not in printed


def test_a_contract_that_would_break_is_told_call_by_call(cloud: Cloud, greet: str) -> None:
    cloud.run("deploy", "--alias", "live")
    cloud.ask("PUT", f"{greet}/calls/greets", {"input": 1, "expect": {"outcome": "ok"}})
    cloud.ask("PATCH", f"{greet}/aliases/live", {"contract": "enforced"})
    cloud.ask("PUT", f"{greet}/calls/greets", {"input": 1, "expect": {"outcome": "exception"}})
    cloud.edit("src/greet.js", "hi", "hello")

    refused = cloud.fail("deploy", "--alias", "live")
    assert live(cloud, greet) == "return {hi: call.name};"
    cloud.run("deploy", "--alias", "live", "--force", "--reason", "as agreed")

    assert (
        '✗ greets: the outcome is another: expected {"outcome":"exception"}, got {"outcome":"ok"}'
    ) in refused.stderr
    assert "--force with a --reason moves it all the same" in refused.stderr
    assert "another client" not in refused.stderr
    assert live(cloud, greet) == "return {hello: call.name};"
