"""The share that a shadow repeats, and what it finds, as clients read it."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from isolambda_api.http.services import Services
from isolambda_api.kazoo.gregorian import gregorian
from isolambda_core.domain.errors import RevisionConflictError
from isolambda_core.domain.replays.comparison import Difference, Kind
from isolambda_core.domain.replays.executions import Replayed
from isolambda_core.domain.replays.noise import NO_NOISE
from isolambda_core.domain.shadows.report import ShadowReport
from tests.support.clocks import NOW

ID = "1" * 32


@pytest.fixture
def path(functions_path: str, function_id: str, client: TestClient) -> str:
    """Return the path of a function with two versions."""
    path = f"{functions_path}/{function_id}"
    for number in (1, 2):
        client.patch(path, json={"data": {"function_js": f"return {number}"}})
        client.put(f"{path}/versions", json={"data": {}})
    return path


@pytest.fixture
def put(client: TestClient, path: str) -> Callable[..., Any]:
    def put(**data: Any) -> Any:
        return client.put(f"{path}/aliases/live", json={"data": {"version": 1, **data}})

    return put


def test_an_alias_has_no_shadow_unless_it_says_so(put: Callable[..., Any]) -> None:
    made = put().json()["data"]
    shadowed = put(shadow=0.05, shadow_version=2).json()["data"]
    again = put().json()["data"]

    assert [(each["shadow"], each["shadow_version"]) for each in (made, shadowed, again)] == [
        (0.0, None),
        (0.05, 2),
        (0.0, None),
    ]


def test_a_move_and_a_rollback_keep_the_shadow(
    client: TestClient, path: str, put: Callable[..., Any]
) -> None:
    put(shadow=0.05)

    moved = client.patch(f"{path}/aliases/live", json={"data": {"version": 2}}).json()["data"]
    back = client.post(f"{path}/aliases/live/rollback").json()["data"]
    ended = client.patch(f"{path}/aliases/live", json={"data": {"shadow": None}}).json()["data"]

    assert [each["shadow"] for each in (moved, back, ended)] == [0.05, 0.05, 0.0]


@pytest.mark.parametrize(
    ("data", "status", "wrong"),
    [
        ({"shadow": 1.5}, 400, {"shadow": {"maximum"}}),
        ({"shadow": "5%"}, 400, {"shadow": {"type"}}),
        ({"shadow_version": 0}, 400, {"shadow_version": {"minimum"}}),
        ({"shadow_version": "two"}, 400, {"shadow_version": {"type"}}),
        ({"shadow": 0.5, "shadow_version": 3}, 404, {}),
    ],
)
def test_a_shadow_that_is_none_is_refused(
    put: Callable[..., Any], data: Any, status: int, wrong: dict[str, set[str]]
) -> None:
    answer = put(**data)

    assert answer.status_code == status
    if status == 400:
        assert {key: set(rules) for key, rules in answer.json()["data"].items()} == wrong


def test_the_version_of_a_shadow_stays_as_long_as_it_is_one(
    client: TestClient, path: str, put: Callable[..., Any]
) -> None:
    put(shadow=0.5, shadow_version=2)

    refused = client.delete(f"{path}/versions/2")
    put()
    removed = client.delete(f"{path}/versions/2")

    assert [refused.status_code, removed.status_code] == [409, 200]


def test_the_report_counts_and_shows_where_executions_differ(
    client: TestClient,
    path: str,
    put: Callable[..., Any],
    services: Services,
    account_id: str,
    function_id: str,
) -> None:
    put(shadow=0.5, shadow_version=2)
    alias = services.aliases.fetch(account_id, function_id, "live")
    reports = services.shadow_reports
    found = (Difference("/result/total", Kind.CHANGED, 1, 2),)
    reports.save(alias, reports.get(alias).after(Replayed(ID, None, found), NO_NOISE, 3))
    reports.save(alias, reports.get(alias).after(Replayed(ID, "it is disabled"), NO_NOISE))

    data = client.get(f"{path}/aliases/live/shadow").json()["data"]
    put(shadow=0.5, shadow_version=2, description="as before")
    anew = client.get(f"{path}/aliases/live/shadow").json()["data"]

    assert data == {
        "shadow": 0.5,
        "shadow_version": 2,
        "since": gregorian(NOW),
        "compared": 1,
        "equal": 0,
        "different": 1,
        "skipped": 1,
        "skipped_because": "it is disabled",
        "dropped": 3,
        "executions": [
            {
                "execution_id": ID,
                "differences": [
                    {"path": "/result/total", "kind": "changed", "old": 1, "new": 2, "times": 1}
                ],
                "requests": [],
                "more": 0,
            }
        ],
        "noise": {"paths": [], "members": []},
    }
    assert (anew["compared"], anew["skipped"], anew["dropped"], anew["executions"]) == (0, 0, 0, [])


@pytest.mark.parametrize("what", ["alias", "function", "account"])
def test_what_was_found_goes_with_the_alias_the_function_and_the_account(
    client: TestClient,
    path: str,
    put: Callable[..., Any],
    services: Services,
    account_id: str,
    function_id: str,
    what: str,
) -> None:
    put(shadow=0.5, shadow_version=2)
    alias = services.aliases.fetch(account_id, function_id, "live")
    reports = services.shadow_reports
    report = ShadowReport().after(Replayed(ID), NO_NOISE)
    reports.save(alias, report)

    match what:
        case "alias":
            client.delete(f"{path}/aliases/live")
        case "function":
            client.delete(f"{path}?should_soft_delete=false")
        case "account":
            services.accounts.remove(services.accounts.fetch(account_id))

    assert reports.get(alias) == ShadowReport()
    with pytest.raises(RevisionConflictError):
        reports.save(alias, report)


def test_an_alias_that_is_not_there_has_no_report(client: TestClient, path: str) -> None:
    for name in ("live", "1", "no name"):
        assert client.get(f"{path}/aliases/{name}/shadow").status_code == 404
