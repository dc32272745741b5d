"""Triggers on a real server of one machine: by the clock, files, events, messages, webhooks."""

import hashlib
import hmac
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Condition
from typing import Any

import httpx2
import pytest

from isolambda_core.domain.triggers.triggers import TriggerType
from isolambda_local.data_directory import DATABASE_NAME
from isolambda_local.sqlite import open_store
from tests.integration.test_asynchronous import fetch, listed, wait_for_the_end
from tests.support.servers import ONE_WORKER, Server
from tests.support.waiting import (
    WAIT_S,
    bound_to_a_moment,
    eventually,
)

SECRET = "of a webhook, and long enough"  # noqa: S105 - of a server that is soon gone
REQUESTS, KILLS, CLIENTS = 200, 5, 4


@dataclass
class Bound:
    """A function that returns its call, and a trigger of it, on a server that may be replaced."""

    server: Server
    function: str
    trigger: dict[str, Any]

    @property
    def url(self) -> str:
        return f"{self.server.functions_url(self.function)}/triggers/{self.trigger['id']}"

    def attempts(self) -> list[dict[str, Any]]:
        with self.server.client() as client:
            answer = client.get(f"{self.url}/attempts").raise_for_status()
        data: list[dict[str, Any]] = answer.json()["data"]
        return data

    def calls(self, count: int) -> list[Any]:
        """Return the calls of so many executions, as soon as they have ended, the first first."""

        def ended() -> list[dict[str, Any]]:
            records = self.attempts()
            assert "failed" not in [each["status"] for each in records]
            done = len(records) >= count and {each["status"] for each in records} == {"succeeded"}
            return records if done else []

        records = eventually(ended)
        assert len(records) == count
        with self.server.client() as client:
            found = [
                fetch(client, self.server, self.function, each["execution_id"]) for each in records
            ]
        return [record["result"] for record in reversed(found)]


def bind(server: Server, source: str = "return call;", **document: Any) -> Bound:
    function = server.create(source)
    with server.client() as client:
        url = f"{server.functions_url(function)}/triggers"
        answer = client.put(url, json={"data": {"name": "under test", **document}})
    assert answer.status_code == 201, answer.text
    return Bound(server, function, answer.json()["data"])


def publish(server: Server, *details: dict[str, Any], source: str = "shop") -> httpx2.Response:
    events = [{"source": source, "detail-type": "order", "detail": detail} for detail in details]
    account = server.credentials["account_id"]
    with server.client() as client:
        return client.put(f"/v2/accounts/{account}/events", json={"data": {"events": events}})


def folder_of(bound: Bound) -> Path:
    account = bound.server.credentials["account_id"]
    path = bound.server.data_dir / "buckets" / account / str(bound.trigger["bucket"])
    assert path.is_dir()
    return path


def test_a_schedule_runs_when_it_is_time(shared: Server) -> None:
    at, bound = bound_to_a_moment(
        lambda moment: bind(shared, type="schedule", schedule=moment, input={"a": 1}),
        lambda bound: bound.trigger["_read_only"]["next_runs"],
    )

    assert bound.calls(1) == [{"scheduled_at": f"{at}Z", "input": {"a": 1}}]
    [record] = bound.attempts()
    assert (record["trigger"], record["event_id"]) == ("schedule", f"{at}Z")


def test_a_run_that_came_due_while_nothing_ran_is_made_up_for_once(
    start: Callable[..., Server],
) -> None:
    server = start(*ONE_WORKER)
    at, bound = bound_to_a_moment(
        lambda moment: bind(server, type="schedule", schedule=moment),
        lambda bound: bound.trigger["_read_only"]["next_runs"],
    )
    bound.server.end(signal.SIGKILL)
    assert bound.server.process.returncode == -signal.SIGKILL
    eventually(lambda: f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}" > at)  # noqa: TID251

    bound.server = start(*ONE_WORKER)
    first = bound.calls(1)
    bound.server.end()
    bound.server = start(*ONE_WORKER)

    assert first == bound.calls(1) == [{"scheduled_at": f"{at}Z", "input": None}]


def test_a_folder_is_watched_and_what_happens_meanwhile_is_reported_afterwards(
    start: Callable[..., Server],
) -> None:
    bound = bind(start(*ONE_WORKER), type="bucket", bucket="uploads", events=["created", "removed"])
    folder = folder_of(bound)

    (folder / "one").write_text("1")
    first = bound.calls(1)
    bound.server.end(signal.SIGKILL)
    (folder / "one").unlink()
    (folder / "two").write_text("22")
    bound.server = start(*ONE_WORKER)
    calls = bound.calls(3)

    assert [(call["event"], call["key"], call["size"]) for call in first] == [("created", "one", 1)]
    assert sorted((call["event"], call["key"]) for call in calls) == [
        ("created", "one"),
        ("created", "two"),
        ("removed", "one"),
    ]


def test_an_event_goes_to_whose_pattern_it_matches(shared: Server) -> None:
    matching = bind(
        shared,
        type="event",
        pattern={"source": ["shop"], "detail": {"total": [{"numeric": [">", 100]}]}},
    )
    other = bind(shared, type="event", pattern={"source": ["warehouse"]})

    answer = publish(shared, {"total": 99}, {"total": 101})

    assert answer.status_code == 202, answer.text
    [call] = matching.calls(1)
    assert (call["source"], call["detail-type"], call["detail"]) == (
        "shop",
        "order",
        {"total": 101},
    )
    assert other.attempts() == []


def test_messages_go_to_the_queue_of_a_trigger(shared: Server) -> None:
    bound = bind(shared, type="queue")

    with shared.client() as client:
        messages = {"messages": [{"body": "one"}, {"body": "two"}]}
        answer = client.put(f"{bound.url}/messages", json={"data": messages})

    assert answer.status_code == 202, answer.text
    calls = bound.calls(2)
    assert sorted(call["body"] for call in calls) == ["one", "two"]
    assert len({call["message_id"] for call in calls}) == 2


def test_a_delivery_that_is_signed_well_runs_and_another_does_not(shared: Server) -> None:
    bound = bind(shared, type="webhook", signature="github", secret=SECRET)
    account, body = shared.credentials["account_id"], b'{"action": "opened"}'
    path = f"/webhooks/{account}/{bound.function}/{bound.trigger['id']}"
    signed = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()

    with shared.client(Accept="*/*") as sender:
        wrong = {"X-Hub-Signature-256": f"sha256={'0' * 64}"}
        refused = sender.post(path, content=body, headers=wrong)
        none_yet = bound.attempts()
        right = {"X-Hub-Signature-256": f"sha256={signed}"}
        taken, again = (sender.post(path, content=body, headers=right) for _ in range(2))

    assert (refused.status_code, taken.status_code, again.status_code) == (401, 202, 200)
    assert none_yet == []
    assert [call["body"] for call in bound.calls(1)] == [body.decode()]


def test_removing_a_function_leaves_nothing_of_its_triggers(server: Server) -> None:
    schedule = bind(server, type="schedule", schedule="rate(1 minute)")
    bucket = bind(server, type="bucket", bucket="uploads")
    queue = bind(server, type="queue")
    with closing(open_store(server.data_dir / DATABASE_NAME)) as store:
        before = store.queue.scheduled(schedule.trigger["id"])
        watched = store.watches.has(bucket.trigger["id"], "uploads")
        with server.client() as client:
            for bound in (schedule, bucket, queue):
                removed = client.delete(server.functions_url(bound.function))
                assert removed.status_code == 200, removed.text

        assert (before is not None, watched) == (True, True)
        assert store.queue.scheduled(schedule.trigger["id"]) is None
        assert not store.watches.has(bucket.trigger["id"], "uploads")
        assert [found for kind in TriggerType for found in store.triggers.of_type(kind)] == []


@dataclass
class Crowd:
    """Clients that send to a server which comes and goes; ``taken`` are ids that it answered."""

    server: Server
    send: Callable[[Server, int], httpx2.Response]
    taken: dict[str, int] = field(default_factory=dict)
    changed: Condition = field(default_factory=Condition)

    def send_one(self, number: int) -> None:
        """Send one, and again if no answer came: what was not answered was never promised."""
        while True:
            server = self.server
            try:
                answer = self.send(server, number)
            except httpx2.TransportError:
                with self.changed:
                    assert self.changed.wait_for(lambda: self.server is not server, WAIT_S)  # noqa: B023
                continue
            assert answer.status_code == 202, answer.text
            [event_id] = answer.json()["data"]["ids"]
            with self.changed:
                self.taken[event_id] = number
                self.changed.notify_all()
            return

    def send_all(self, start: Callable[[], Server]) -> None:
        with ThreadPoolExecutor(CLIENTS) as clients:
            sent = [clients.submit(self.send_one, number) for number in range(REQUESTS)]
            for kill in range(1, KILLS + 1):
                with self.changed:
                    count = kill * REQUESTS // (KILLS + 1)
                    assert self.changed.wait_for(lambda: len(self.taken) >= count, WAIT_S)  # noqa: B023
                self.server.end(signal.SIGKILL)
                with self.changed:
                    self.server = start()
                    self.changed.notify_all()
            for one in sent:
                one.result()


def message(bound: Bound, server: Server, number: int) -> httpx2.Response:
    with server.client() as client:
        return client.put(f"{bound.url}/messages", json={"data": {"messages": [str(number)]}})


def event(_: Bound, server: Server, number: int) -> httpx2.Response:
    return publish(server, {"number": number})


@pytest.mark.parametrize(
    ("document", "send", "number_of"),
    [
        ({"type": "queue"}, message, lambda call: int(call["body"])),
        (
            {"type": "event", "pattern": {"source": ["shop"]}},
            event,
            lambda c: c["detail"]["number"],
        ),
    ],
    ids=["messages", "events"],
)
def test_what_was_taken_is_executed_once_however_often_the_server_is_killed(
    start: Callable[..., Server],
    document: dict[str, Any],
    send: Callable[[Bound, Server, int], httpx2.Response],
    number_of: Callable[[Any], int],
) -> None:
    bound = bind(first := start(), **document)
    crowd = Crowd(first, lambda server, number: send(bound, server, number))

    crowd.send_all(start)

    server = crowd.server
    with server.client() as client:
        wait_for_the_end(client, server, bound.function)
        records = listed(client, server, bound.function)
        by_event = {record["event_id"]: record for record in records}
        assert len(by_event) == len(records)
        assert len(crowd.taken) == REQUESTS
        assert crowd.taken.keys() <= by_event.keys()
        assert {record["status"] for record in records} == {"succeeded"}
        assert {record["attempts"] for record in records} == {1}
        for event_id, number in crowd.taken.items():
            execution = by_event[event_id]["execution_id"]
            assert number_of(fetch(client, server, bound.function, execution)["result"]) == number
