"""Kazoo: triggers of a function, bound to their sources."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from isolambda_api.app import Services
from isolambda_api.kazoo.gregorian import gregorian
from isolambda_core.domain.errors import Violation
from isolambda_core.domain.executions.execution import (
    ExecutionError,
    ExecutionResult,
    Outcome,
)
from isolambda_core.domain.ids import is_id
from isolambda_core.domain.limits import TRIGGERS
from isolambda_core.domain.triggers.triggers import TriggerEvent
from tests.support.clocks import NOW, SetClock
from tests.support.services import Perform
from tests.support.sources import FakeEventSources

Script = Callable[[ExecutionResult | Exception], None]
ABSENT = "0" * 32
ORDERS = "arn:aws:sqs:us-east-1:123456789012:orders"
SHOP = "arn:aws:sns:us-east-1:123456789012:shop"
STREAM = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"

SCHEDULE = {"name": "n", "type": "schedule", "schedule": "rate(1 hour)"}
EVENT = {"name": "n", "type": "event", "pattern": {"source": ["shop"]}}
OWN_QUEUE = {"name": "n", "type": "queue"}
QUEUE = {**OWN_QUEUE, "queue_arn": ORDERS}
BUCKET = {"name": "n", "type": "bucket", "bucket": "pictures", "suffix": ".png"}
TOPIC = {"name": "n", "type": "topic", "topic_arn": SHOP}
WEBHOOK = {"name": "n", "type": "webhook"}
ALL = [
    SCHEDULE,
    EVENT,
    QUEUE,
    OWN_QUEUE,
    BUCKET,
    {"name": "n", "type": "stream", "stream_arn": STREAM, "starting_position": "TRIM_HORIZON"},
    TOPIC,
    WEBHOOK,
]
FILLED_IN = {"enabled": True, "qualifier": "$LATEST"}


@pytest.fixture
def path(functions_path: str, function_id: str) -> str:
    return f"{functions_path}/{function_id}/triggers"


def made(client: TestClient, path: str, data: Any) -> dict[str, Any]:
    answer = client.put(path, json={"data": data})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()["data"]
    return found


@pytest.mark.parametrize("data", ALL, ids=lambda data: data["type"])
def test_a_trigger_is_a_document_bound_to_its_source(
    client: TestClient, path: str, sources: FakeEventSources, data: dict[str, Any]
) -> None:
    answer = client.put(path, json={"data": {**data, "colour": "red"}})

    one = answer.json()["data"]
    assert answer.status_code == 201
    assert is_id(one["id"])
    assert answer.headers["location"] == f"{path}/{one['id']}"
    assert answer.headers["etag"] == f'"{answer.json()["revision"]}"'
    assert one.items() >= {**data, **FILLED_IN, "colour": "red"}.items()
    (bound,) = sources.bound.values()
    assert (bound.id, bound.type) == (one["id"], data["type"])
    fetched = client.get(answer.headers["location"])
    assert fetched.json()["data"] == one
    assert fetched.headers["etag"] == answer.headers["etag"]


def test_the_next_runs_of_a_schedule_are_shown(client: TestClient, path: str) -> None:
    data = {**SCHEDULE, "schedule": "cron(30 9 ? * MON-FRI *)", "timezone": "Europe/Vilnius"}

    one = made(client, path, data)

    # It is Tuesday, the 12th of March 2024.
    assert one["_read_only"]["next_runs"] == [
        f"2024-03-{day}T07:30:00Z" for day in ("13", "14", "15", "18", "19")
    ]
    off = client.patch(f"{path}/{one['id']}", json={"data": {"enabled": False}})
    assert "next_runs" not in off.json()["data"]["_read_only"]


def test_a_trigger_says_when_it_was_written(client: TestClient, path: str, clock: SetClock) -> None:
    one = made(client, path, SCHEDULE)
    clock.time_ms += 5_000
    patched = client.patch(f"{path}/{one['id']}", json={"data": {"enabled": False}}).json()["data"]
    [listed] = client.get(path).json()["data"]

    assert (one["_read_only"]["created"], one["_read_only"]["modified"]) == (gregorian(NOW),) * 2
    assert patched["_read_only"] == {"created": gregorian(NOW), "modified": gregorian(NOW + 5)}
    assert listed == patched


def test_a_queue_that_was_made_is_shown(client: TestClient, path: str) -> None:
    own = made(client, path, OWN_QUEUE)

    assert own["_read_only"] == {
        "created": gregorian(NOW),
        "modified": gregorian(NOW),
        "queue_arn": f"arn:aws:sqs:local:000000000000:{own['id']}",
        "queue_url": f"local:{own['id']}",
    }
    assert "queue_arn" not in own


def test_sources_that_do_not_answer_take_nothing_from_what_is_known(
    client: TestClient, path: str, sources: FakeEventSources
) -> None:
    own = made(client, path, OWN_QUEUE)
    sources.away = True

    answer = client.get(f"{path}/{own['id']}")

    assert answer.status_code == 200
    known = {key: own["_read_only"][key] for key in ("created", "modified")}
    assert answer.json()["data"] == {**own, "_read_only": known}


def test_the_url_of_a_webhook_has_the_name_that_the_client_has_for_the_server(
    client: TestClient, path: str, account_id: str, function_id: str
) -> None:
    answer = client.put(path, json={"data": WEBHOOK}, headers={"host": "hooks.example.com:8443"})

    one = answer.json()["data"]
    assert one["_read_only"]["url"] == (
        f"http://hooks.example.com:8443/webhooks/{account_id}/{function_id}/{one['id']}"
    )


def test_a_forwarded_header_is_believed_by_its_sender_alone(client: TestClient, path: str) -> None:
    headers = {"x-forwarded-proto": "https", "x-forwarded-host": "outside.example.com"}

    answer = client.put(path, json={"data": WEBHOOK}, headers=headers)
    [listed] = client.get(path).json()["data"]

    url = answer.json()["data"]["_read_only"]["url"]
    assert url.startswith("https://outside.example.com/webhooks/")
    assert listed["_read_only"]["url"].startswith("http://testserver/webhooks/")


def test_the_secret_of_a_webhook_is_shown_where_its_owner_gave_none(
    client: TestClient, path: str, services: Services, account_id: str, function_id: str
) -> None:
    one = made(client, path, WEBHOOK)

    trigger = services.triggers.fetch(account_id, function_id, one["id"])
    secret = services.triggers.webhook_secret(trigger)
    assert secret.startswith("whsec_")
    assert one["_read_only"]["secret"] == secret
    again = client.get(f"{path}/{one['id']}").json()["data"]
    assert again["_read_only"]["secret"] == secret
    patched = client.patch(f"{path}/{one['id']}", json={"data": {"a": 1}}).text
    listed = client.get(path).text
    removed = client.delete(f"{path}/{one['id']}").text
    assert all(secret not in answer for answer in (patched, listed, removed))


def test_the_secret_that_an_owner_gave_is_never_shown(
    client: TestClient, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "isolambda_api")
    caplog.set_level(logging.DEBUG, "isolambda_core")
    first, second = "the first secret", "the second secret"

    created = client.put(path, json={"data": {**WEBHOOK, "secret": first}})
    one = f"{path}/{created.json()['data']['id']}"
    answers = [
        created,
        client.get(one),
        client.get(path),
        client.patch(one, json={"data": {"secret": second, "signature": "github"}}),
        client.post(one, json={"data": {**WEBHOOK, "secret": second, "name": 1}}),
        client.patch(one, json={"data": {"secret": "short"}}),
        client.get(one),
        client.delete(one),
    ]

    assert [answer.status_code for answer in answers] == [201, 200, 200, 200, 400, 400, 200, 200]
    for answer in answers:
        assert first not in answer.text
        assert second not in answer.text
        assert "whsec_" not in answer.text
    for secret in (first, second):
        assert secret not in str([record.__dict__ for record in caplog.records])


def test_what_was_fetched_can_be_sent_back(client: TestClient, path: str) -> None:
    for data in ALL:
        one = made(client, path, data)
        answer = client.post(f"{path}/{one['id']}", json={"data": one})
        again = client.get(f"{path}/{one['id']}").json()["data"]

        assert answer.status_code == 200
        assert again == one


def test_all_triggers_of_a_function_are_listed_without_secrets(
    client: TestClient, path: str, sources: FakeEventSources
) -> None:
    ids = [made(client, path, data)["id"] for data in (SCHEDULE, OWN_QUEUE, WEBHOOK)]
    sources.away = True

    answer = client.get(path)

    listed = {one["type"]: one for one in answer.json()["data"]}
    assert [one["id"] for one in answer.json()["data"]] == sorted(ids)
    assert listed["schedule"]["_read_only"].keys() == {"created", "modified", "next_runs"}
    assert listed["queue"]["_read_only"].keys() == {"created", "modified"}
    assert listed["webhook"]["_read_only"].keys() == {"created", "modified", "url"}
    known = {"if-none-match": answer.headers["etag"]}
    assert client.get(path, headers=known).status_code == 304


def test_a_part_is_merged_and_null_removes_a_key(
    client: TestClient, path: str, sources: FakeEventSources
) -> None:
    one = made(client, path, {**EVENT, "maximum_age_s": 60, "colour": "red"})
    patch = {"pattern": {"detail": {"total": [1]}}, "maximum_age_s": None, "enabled": False}

    answer = client.patch(f"{path}/{one['id']}", json={"data": patch})

    changed = answer.json()["data"]
    assert answer.status_code == 200
    assert answer.json()["revision"].startswith("2-")
    assert changed == {
        **EVENT,
        **FILLED_IN,
        "id": one["id"],
        "colour": "red",
        "enabled": False,
        "pattern": {"source": ["shop"], "detail": {"total": [1]}},
        "_read_only": one["_read_only"],
    }
    assert sources.bound[one["id"]].document["enabled"] is False


def test_a_whole_document_takes_the_place_of_another(client: TestClient, path: str) -> None:
    one = made(client, path, {**EVENT, "colour": "red"})
    data = {**EVENT, "name": "m", "pattern": {"source": ["till"]}}

    answer = client.post(f"{path}/{one['id']}", json={"data": data})

    kept = {"id": one["id"], "_read_only": one["_read_only"]}
    assert answer.json()["data"] == {**data, **FILLED_IN, **kept}


@pytest.mark.parametrize(
    "how", [("POST", {**QUEUE, "queue_arn": f"{ORDERS}-2"}), ("PATCH", {"type": "webhook"})]
)
def test_a_trigger_keeps_its_source(
    client: TestClient, path: str, sources: FakeEventSources, how: tuple[str, dict[str, Any]]
) -> None:
    one = made(client, path, QUEUE)
    verb, data = how

    answer = client.request(verb, f"{path}/{one['id']}", json={"data": data})

    assert answer.status_code == 400
    assert sources.bound.keys() == {ORDERS}


def test_a_write_starts_from_the_expected_revision(client: TestClient, path: str) -> None:
    created = client.put(path, json={"data": EVENT})
    one, etag = created.headers["location"], created.headers["etag"]
    stale = {"if-match": '"0-x"'}

    assert client.patch(one, json={"data": {"a": 1}}, headers=stale).status_code == 412
    assert client.post(one, json={"data": EVENT}, headers=stale).status_code == 412
    assert client.delete(one, headers=stale).status_code == 412
    assert client.get(one, headers={"if-none-match": etag}).status_code == 304
    changed = client.patch(one, json={"data": {"a": 1}}, headers={"if-match": etag})
    assert changed.status_code == 200
    assert client.delete(one, headers={"if-match": changed.headers["etag"]}).status_code == 200


def test_a_trigger_that_is_removed_is_bound_to_nothing(
    client: TestClient, path: str, sources: FakeEventSources
) -> None:
    one = made(client, path, QUEUE)

    answer = client.delete(f"{path}/{one['id']}")

    assert answer.json()["data"] == {**one, "_read_only": {"deleted": True}}
    assert sources.bound == {}
    for verb in ("GET", "DELETE"):
        assert client.request(verb, f"{path}/{one['id']}").status_code == 404
    assert client.get(path).json()["data"] == []


def test_triggers_go_with_their_function(
    client: TestClient, path: str, sources: FakeEventSources
) -> None:
    for data in ALL:
        made(client, path, data)

    client.delete(path.removesuffix("/triggers"))

    assert sources.bound == {}
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("data", "rules"),
    [
        ({}, {"name": "required", "type": "required"}),
        ({"name": "n", "type": "cron"}, {"type": "enum"}),
        ({"name": 1, "type": 1}, {"name": "type", "type": "type"}),
        ({**SCHEDULE, "schedule": "daily"}, {"schedule": "error"}),
        ({**SCHEDULE, "timezone": "Mars/Olympus"}, {"timezone": "error"}),
        ({**EVENT, "pattern": {}}, {"pattern": "minProperties"}),
        ({**QUEUE, "queue_arn": "orders"}, {"queue_arn": "pattern"}),
        ({**QUEUE, "batch_size": 0}, {"batch_size": "minimum"}),
        ({**BUCKET, "events": ["moved"]}, {"events.0": "enum"}),
        ({**WEBHOOK, "signature": "rot13"}, {"signature": "enum"}),
        ({**WEBHOOK, "secret": 1}, {"secret": "type"}),
        ({**WEBHOOK, "qualifier": "no such name!"}, {"qualifier": "error"}),
        ({**WEBHOOK, "enabled": "yes"}, {"enabled": "type"}),
        ({**WEBHOOK, "maximum_age_s": 1}, {"maximum_age_s": "minimum"}),
    ],
)
def test_a_trigger_obeys_its_rules(
    client: TestClient,
    path: str,
    sources: FakeEventSources,
    data: dict[str, Any],
    rules: dict[str, str],
) -> None:
    answer = client.put(path, json={"data": data})

    assert answer.status_code == 400
    assert {key: next(iter(found)) for key, found in answer.json()["data"].items()} == rules
    assert sources.bound == {}


def test_a_source_has_its_say(client: TestClient, path: str, sources: FakeEventSources) -> None:
    sources.refuse = Violation(("queue_arn",), "error", None, ORDERS, "There is none")

    answer = client.put(path, json={"data": QUEUE})

    assert answer.status_code == 400
    assert answer.json()["data"] == {"queue_arn": {"error": {"message": "There is none"}}}
    assert client.get(path).json()["data"] == []


def test_a_source_that_does_not_answer_binds_nothing(
    client: TestClient, path: str, sources: FakeEventSources
) -> None:
    one = made(client, path, EVENT)
    sources.away = True

    def error_of(answer: Response) -> tuple[int, str]:
        return answer.status_code, answer.json()["message"]

    away = (503, "service_unavailable")
    assert error_of(client.put(path, json={"data": EVENT})) == away
    assert error_of(client.patch(f"{path}/{one['id']}", json={"data": {"name": "m"}})) == away
    assert [found["name"] for found in client.get(path).json()["data"]] == ["n"]


def test_a_source_is_listened_to_by_one_trigger(client: TestClient, path: str) -> None:
    made(client, path, TOPIC)

    answer = client.put(path, json={"data": TOPIC})

    assert (answer.status_code, answer.json()["message"]) == (409, "source_in_use")
    assert answer.json()["data"]["cause"] == SHOP


def test_a_function_has_so_many_triggers_and_no_more(client: TestClient, path: str) -> None:
    for _ in range(TRIGGERS):
        made(client, path, WEBHOOK)

    answer = client.put(path, json={"data": WEBHOOK})

    assert (answer.status_code, answer.json()["message"]) == (409, "too_many_triggers")


@pytest.mark.parametrize("trigger", [ABSENT, "x", "A" * 32, "%00"])
@pytest.mark.parametrize(
    ("verb", "rest"),
    [("GET", ""), ("POST", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/attempts")],
)
def test_a_trigger_that_is_not_there_is_not_found(
    client: TestClient, path: str, trigger: str, verb: str, rest: str
) -> None:
    body = None if verb in {"GET", "DELETE"} else {"data": EVENT}

    answer = client.request(verb, f"{path}/{trigger}{rest}", json=body)

    assert (answer.status_code, answer.json()["message"]) == (404, "bad_identifier")


def test_a_trigger_belongs_to_its_function(
    client: TestClient, path: str, functions_path: str, disabled_id: str
) -> None:
    one = made(client, path, EVENT)

    assert client.get(f"{functions_path}/{disabled_id}/triggers/{one['id']}").status_code == 404
    assert client.get(f"{functions_path}/{ABSENT}/triggers").status_code == 404


def test_a_key_that_may_only_execute_binds_nothing(
    anonymous: TestClient, client: TestClient, path: str, account_id: str
) -> None:
    one = made(client, path, WEBHOOK)
    asked = {"data": {"scopes": ["execute"]}}
    key = client.put(f"/v2/accounts/{account_id}/api_keys", json=asked).json()["data"]["api_key"]
    headers = {"x-auth-token": key}

    assert anonymous.put(path, json={"data": WEBHOOK}, headers=headers).status_code == 403
    for url in (path, f"{path}/{one['id']}", f"{path}/{one['id']}/attempts"):
        assert anonymous.get(url, headers=headers).status_code == 403
        assert anonymous.get(url).status_code == 401


@pytest.fixture
def happen(services: Services, account_id: str, function_id: str) -> Callable[[str, str], str]:
    """Let an event of a trigger happen, and return the execution that it stands for."""

    def happen(trigger_id: str, event_id: str) -> str:
        trigger = services.triggers.fetch(account_id, function_id, trigger_id)
        trigger_event = TriggerEvent(event_id, NOW * 1000, '{"n":1}')
        return services.events.accept(trigger, trigger_event, "mine").execution_id

    return happen


Happen = Callable[[str, str], str]


def test_the_executions_of_a_trigger_are_listed_with_their_attempts(
    client: TestClient, path: str, happen: Happen, perform: Perform, script: Script
) -> None:
    one, other = made(client, path, EVENT), made(client, path, WEBHOOK)
    client.patch(path.removesuffix("/triggers"), json={"data": {"attempts": 1, "record": "all"}})
    client.post(path.replace("/triggers", "/execute"))
    script(ExecutionResult("", Outcome.EXCEPTION, error=ExecutionError("TypeError", "no items")))
    failed = happen(one["id"], "e1")
    perform()
    happen(other["id"], "e2")

    (found,) = client.get(f"{path}/{one['id']}/attempts").json()["data"]
    (waiting,) = client.get(f"{path}/{other['id']}/attempts").json()["data"]

    assert (
        found.items()
        >= {
            "execution_id": failed,
            "trigger": "event",
            "trigger_id": one["id"],
            "event_id": "e1",
            "request_id": "mine",
            "asynchronous": True,
            "status": "failed",
            "outcome": "exception",
            "attempts": 1,
        }.items()
    )
    assert (waiting["event_id"], waiting["status"], waiting["attempts"]) == ("e2", "queued", 0)


def test_the_attempts_of_a_trigger_come_in_pages(
    client: TestClient, path: str, happen: Happen
) -> None:
    one = made(client, path, EVENT)
    made_ids = {happen(one["id"], f"e{number}") for number in range(3)}
    url = f"{path}/{one['id']}/attempts"

    first = client.get(url, params={"page_size": 2}).json()
    second = client.get(url, params={"page_size": 2, "start_key": first["next_start_key"]}).json()

    found = [record["execution_id"] for record in first["data"] + second["data"]]
    assert (len(first["data"]), len(second["data"])) == (2, 1)
    assert found == sorted(made_ids, reverse=True)
    assert client.get(url, params={"page_size": "x"}).status_code == 404


def test_executions_are_found_by_their_trigger(
    client: TestClient, path: str, happen: Happen
) -> None:
    one, other = made(client, path, EVENT), made(client, path, WEBHOOK)
    execution = happen(one["id"], "e1")
    happen(other["id"], "e1")
    url = path.replace("/triggers", "/executions")

    (found,) = client.get(url, params={"trigger_id": one["id"]}).json()["data"]

    assert found["execution_id"] == execution
    assert len(client.get(url).json()["data"]) == 2
    whole = client.get(f"{url}/{execution}").json()["data"]
    assert (whole["trigger_id"], whole["event_id"], whole["input"]) == (one["id"], "e1", {"n": 1})


def test_what_keeps_failing_says_why_it_is_disabled(
    client: TestClient, services: Services, path: str, account_id: str, function_id: str
) -> None:
    one = made(client, path, EVENT)
    trigger = services.triggers.fetch(account_id, function_id, one["id"])
    services.triggers.disable(trigger, "10 failures in a row")

    for data in (
        client.get(f"{path}/{one['id']}").json()["data"],
        client.get(path).json()["data"][0],
    ):
        assert data["enabled"] is False
        assert data["_read_only"]["disable_reason"] == "10 failures in a row"
    enabled = client.patch(f"{path}/{one['id']}", json={"data": {"enabled": True}}).json()["data"]
    assert (enabled["enabled"], "disable_reason" in enabled["_read_only"]) == (True, False)
