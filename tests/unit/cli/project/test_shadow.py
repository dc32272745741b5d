"""``isolambda shadow`` says which version repeats live executions, and where it differs."""

import json
from typing import Any

import httpx2

from tests.unit.cli.installations import isolambda
from tests.unit.cli.project.cloud import Cloud

FOUND: Any = {
    "shadow": 0.05,
    "shadow_version": 1,
    "since": 63_931_687_200,
    "compared": 3,
    "equal": 2,
    "different": 1,
    "skipped": 0,
    "skipped_because": None,
    "dropped": 4,
    "executions": [
        {
            "execution_id": "1" * 32,
            "differences": [
                {"path": "/result/total", "kind": "changed", "old": 1, "new": 2, "times": 1}
            ],
            "requests": [{"path": "/requests/GET x/0", "kind": "added", "new": {}, "times": 1}],
            "more": 2,
        }
    ],
    "noise": {"paths": [], "members": []},
}


def test_a_share_begins_and_ends_it(cloud: Cloud, greet: str) -> None:
    cloud.run("deploy", "--alias", "live")

    begun = json.loads(cloud.run("shadow", "greet", "--share", "0.05", "--version", "1", "--json"))
    shown = json.loads(cloud.run("shadow", "greet", "--json"))
    of_draft = json.loads(cloud.run("shadow", "greet", "--share", "0.5", "--json"))
    ended = json.loads(cloud.run("shadow", "greet", "--share", "0", "--json"))

    assert begun == {
        "function": "greet",
        "alias": "live",
        "share": "0.05",
        "version": "1",
        "compared": 0,
        "equal": 0,
        "different": 0,
        "skipped": 0,
        "dropped": 0,
    }
    assert shown == begun
    assert (of_draft["share"], of_draft["version"], ended["share"]) == ("0.5", "draft", "0")
    assert cloud.ask("GET", f"{greet}/aliases/live")["shadow"] == 0


def test_the_differences_of_the_latest_executions_are_on_standard_error(cloud: Cloud) -> None:
    cloud.run("deploy", "--alias", "live")
    cloud.before = lambda request: (
        httpx2.Response(200, json={"data": FOUND}) if request.url.path.endswith("/shadow") else None
    )

    done = isolambda("shadow", "greet")

    assert done.exit_code == 0
    for line in (
        f"{'1' * 32}:",
        "  /result/total changed: 1 -> 2",
        "  /requests/GET x/0 added: - -> {}",
        "  and 2 more",
    ):
        assert line in done.stderr.splitlines()


def test_what_cannot_be_shown_is_said(cloud: Cloud) -> None:
    cloud.run("deploy")

    assert "greet has no alias 'live'" in cloud.fail("shadow", "greet").stderr
    assert "--share" in cloud.fail("shadow", "greet", "--version", "1").stderr
