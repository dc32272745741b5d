"""``isolambda admin events send``: recorded events of AWS, played on one machine."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from isolambda_cli.main import app
from isolambda_cli.server_config import FILE_NAME
from isolambda_core.adapters.clock import SystemClock
from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.documents import Document
from isolambda_core.domain.functions.functions import (
    Function,
    validated_function,
)
from isolambda_core.domain.triggers.triggers import Trigger
from isolambda_local.data_directory import DATABASE_NAME
from isolambda_local.runtime import open_machine
from isolambda_local.secrets.installation_secret import open_secret
from isolambda_local.sqlite import SqliteStore, open_store
from tests.integration.test_local_triggers import bind
from tests.integration.test_operators import isolambda
from tests.support.commands import COMMAND, Forked
from tests.support.fakes import RecordingCallbacks, ScriptedExecutor
from tests.support.raw_servers import Answering, serving
from tests.support.samples import ACCOUNT, FUNCTION
from tests.support.servers import Server
from tests.support.waiting import WAIT_S

EVENTS = Path(__file__).parents[1] / "events"
ARN = "arn:aws:{}:us-east-1:123456789012:{}"
DOCUMENTS: dict[str, dict[str, Any]] = {
    "schedule": {"type": "schedule", "schedule": "rate(1 day)"},
    "event": {"type": "event", "pattern": {"source": [{"prefix": ""}]}},
    "bucket": {"type": "bucket", "bucket": "example-bucket"},
    "own queue": {"type": "queue"},
    "queue": {"type": "queue", "queue_arn": ARN.format("sqs", "orders")},
    "table": {
        "type": "stream",
        "stream_arn": ARN.format("dynamodb", "table/orders/stream/2026-11-22T09:00:00.000"),
    },
    "stream": {"type": "stream", "stream_arn": ARN.format("kinesis", "stream/clicks")},
    "topic": {"type": "topic", "topic_arn": ARN.format("sns", "news")},
}
RECORDED = {
    "scheduler.json": "schedule",
    "wrapped_scheduler.json": "schedule",
    "eventbridge_custom.json": "event",
    "wrapped_eventbridge_custom.json": "event",
    "s3_object_created.json": "bucket",
    "wrapped_s3_object_created.json": "bucket",
    "s3_object_deleted.json": "bucket",
    "wrapped_s3_object_deleted.json": "bucket",
    "sqs.json": "own queue",
    "sqs_fifo.json": "queue",
    "dynamodb_stream.json": "table",
    "kinesis_stream.json": "stream",
    "sns.json": "topic",
}
"""Which trigger each recorded event is played for."""


@pytest.fixture(autouse=True)
def _two_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start no more than two workers: each takes a sixth of a second."""
    monkeypatch.setattr("isolambda_cli.admin.replay.WORKERS", 2)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    """The database of a machine, with a function that fails for what says so."""
    source = "if (JSON.stringify(call).includes('bad')) throw new Error('bad'); return call;"
    document = validated_function({"name": "n", "function_js": source, "attempts": 1})
    with closing(open_store(tmp_path / DATABASE_NAME)) as opened:
        opened.accounts.add(Account(ACCOUNT, {"name": "n", "enabled": True}, 1, 1))
        opened.functions.add(Function(ACCOUNT, FUNCTION, document, 1, 1, 1))
        yield opened


def create(store: SqliteStore, data_dir: Path, document: dict[str, Any]) -> Trigger:
    secret, executor = open_secret(data_dir), ScriptedExecutor()
    machine = open_machine(data_dir, store, secret, SystemClock(), executor, RecordingCallbacks())
    return machine.triggers.create(ACCOUNT, FUNCTION, {"name": "n", **document})


def send(data_dir: Path, file: Path, trigger: Trigger) -> tuple[int, list[dict[str, Any]]]:
    names = ("--trigger", trigger.id, "--function", FUNCTION, "--account", ACCOUNT)
    words = (
        "admin",
        "events",
        "send",
        "--file",
        str(file),
        *names,
        "--data-dir",
        str(data_dir),
        "--json",
    )
    result = CliRunner().invoke(app, words)
    assert result.stderr == ""
    return result.exit_code, sorted(json.loads(result.stdout), key=lambda row: str(row["item"]))


def items_of(file: Path) -> int:
    return len(json.loads(file.read_text()).get("Records", ["the whole"]))


def test_every_recorded_event_is_played_here() -> None:
    assert sorted(RECORDED) == sorted(path.name for path in EVENTS.glob("*.json"))


@pytest.mark.parametrize(("name", "source"), RECORDED.items(), ids=RECORDED)
def test_a_recorded_event_runs_the_function_for_each_of_its_items_and_once(
    store: SqliteStore, tmp_path: Path, name: str, source: str
) -> None:
    trigger = create(store, tmp_path, DOCUMENTS[source])
    file = EVENTS / name

    first = send(tmp_path, file, trigger)
    second = send(tmp_path, file, trigger)

    code, rows = first
    assert (code, len(rows)) == (0, items_of(file))
    assert {(row["fate"], row["status"], row["attempts"]) for row in rows} == {
        ("done", "succeeded", "1")
    }
    assert second == first
    records = list(store.records.iterate(ACCOUNT, FUNCTION, at_once=100))
    assert {record.id for record in records} == {row["execution_id"] for row in rows}
    assert {record.trigger_id for record in records} == {trigger.id}


def test_an_item_that_fails_is_reported_and_is_among_the_dead_letters(
    store: SqliteStore, tmp_path: Path
) -> None:
    trigger = create(store, tmp_path, DOCUMENTS["queue"])
    event = json.loads((EVENTS / "sqs.json").read_text())
    [message, *_] = event["Records"]
    bodies = ["good", "bad", "good as well"]
    event["Records"] = [
        {**message, "messageId": str(n), "body": body} for n, body in enumerate(bodies)
    ]
    file = tmp_path / "event.json"
    file.write_text(json.dumps(event))

    code, rows = send(tmp_path, file, trigger)

    assert code == 1
    shown = {row["item"]: (row["fate"], row["status"], row["error"]) for row in rows}
    assert shown == {
        "0": ("done", "succeeded", None),
        "1": ("dead", "failed", "bad"),
        "2": ("done", "succeeded", None),
    }
    dead = [letter.id for letter in store.queue.dead(9)]
    assert dead == [row["execution_id"] for row in rows if row["item"] == "1"]


def test_an_event_for_a_trigger_that_is_disabled_is_reported_as_dropped(
    store: SqliteStore, tmp_path: Path
) -> None:
    trigger = create(store, tmp_path, {**DOCUMENTS["event"], "enabled": False})

    code, [row] = send(tmp_path, EVENTS / "eventbridge_custom.json", trigger)

    assert (code, row["fate"], row["execution_id"]) == (1, "dropped", None)


@pytest.mark.parametrize(
    ("settings", "ceiling", "expected"),
    [
        ("private_fetch = true", "127.0.0.1", "it came"),
        ('private_fetch = true\nnet_allow = ["127.0.0.1"]', "127.0.0.1", "it came"),
        ("private_fetch = true", "other.example", "what operators allow leaves it out"),
        (
            'private_fetch = true\nnet_allow = ["none"]',
            "127.0.0.1",
            "what operators allow leaves it out",
        ),
        ("", "127.0.0.1", "has an address that is not public"),
    ],
    ids=["all", "what the server allows", "another account's host", "no host", "no private one"],
)
def test_a_function_reaches_what_a_server_on_the_directory_would_let_it(
    store: SqliteStore, tmp_path: Path, settings: str, ceiling: str, expected: str
) -> None:
    account = store.accounts.get(ACCOUNT)
    below = {**account.document, "net": {"allow": [ceiling]}}
    store.accounts.replace(account.changed(below, 2), account)
    (tmp_path / FILE_NAME).write_text(settings)
    trigger = create(store, tmp_path, DOCUMENTS["own queue"])

    with serving(Answering(b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\nit came")) as port:
        source = f"throw new Error(await (await fetch('http://127.0.0.1:{port}')).text())"
        net = {"allow": ["127.0.0.1"]}
        document: Document = {
            "name": "n",
            "function_js": source,
            "attempts": 1,
            "net": net,
        }
        draft = store.functions.get(ACCOUNT, FUNCTION)
        store.functions.replace(draft.changed(validated_function(document), 2), draft)
        _, rows = send(tmp_path, EVENTS / "sqs.json", trigger)

    assert all(expected in row["error"] for row in rows), rows


def test_two_that_play_the_same_event_at_once_execute_it_once(
    store: SqliteStore, tmp_path: Path
) -> None:
    trigger = create(store, tmp_path, DOCUMENTS["own queue"])
    words = ("--trigger", trigger.id, "--function", FUNCTION, "--account", ACCOUNT)
    command = [str(COMMAND), "admin", "events", "send", "--file", str(EVENTS / "sqs.json"), *words]

    both = [Forked([*command, "--data-dir", str(tmp_path)]) for _ in range(2)]

    assert [one.wait(WAIT_S) for one in both] == [0, 0]
    records = list(store.records.iterate(ACCOUNT, FUNCTION, at_once=100))
    assert len(records) == items_of(EVENTS / "sqs.json")
    # Each was written when it was kept, when it began and when it ended, and by no other process.
    assert {(record.attempts, record.revision) for record in records} == {(1, 3)}


def test_while_a_server_runs_it_is_the_one_that_executes_what_is_queued(server: Server) -> None:
    bound = bind(server, type="event", pattern={"source": ["shop"]})
    account = server.credentials["account_id"]
    words = ("--trigger", bound.trigger["id"], "--function", bound.function, "--account", account)

    file = EVENTS / "eventbridge_custom.json"
    answer = isolambda(server, "events", "send", "--file", str(file), *words, "--json")

    assert (answer.returncode, answer.stderr) == (0, "")
    [row] = json.loads(answer.stdout)
    [record] = bound.attempts()
    assert (row["execution_id"], row["status"]) == (record["execution_id"], "succeeded")
