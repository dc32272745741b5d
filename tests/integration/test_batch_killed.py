"""A dispatcher that is killed in the middle of a batch loses nothing, and does nothing twice."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, Any, cast

import pytest

from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.executions.records import (
    ExecutionRecord,
    Status,
)
from isolambda_core.domain.functions.functions import (
    Function,
    validated_function,
)
from isolambda_core.domain.triggers.documents import validated_trigger
from isolambda_core.domain.triggers.triggers import Trigger
from isolambda_local.sqlite import SqliteStore, open_store
from tests.support.recorded import recorded

ACCOUNT, FUNCTION, TRIGGER = "a" * 32, "f" * 32, "7" * 32
BATCH, KILLS, BEGUN = 100, 4, 12
ROOT = Path(__file__).parents[2]
# Some work, so that there is a middle to be killed in.
SOURCE = "const end = Date.now() + 20; while (Date.now() < end); return call;"


def queue_batch() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a trigger of type ``queue``, and a batch of its messages."""
    [like, *_] = recorded("sqs")["Records"]
    batch = [{**like, "messageId": f"message {n}", "body": str(n)} for n in range(BATCH)]
    return {"type": "queue", "queue_arn": like["eventSourceARN"]}, {"Records": batch}


def stream_batch() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a trigger of type ``stream``, and a batch of records of one shard."""
    [like, *_] = recorded("kinesis_stream")["Records"]
    batch = [
        {
            **like,
            "eventID": f"shardId-000000000000:{n}",
            "kinesis": {**like["kinesis"], "sequenceNumber": str(n)},
        }
        for n in range(BATCH)
    ]
    arn = like["eventSourceARN"]
    document = {"type": "stream", "stream_arn": arn, "starting_position": "LATEST"}
    return document, {"Records": batch}


@contextmanager
def dispatching(database: Path, event: dict[str, Any]) -> Iterator[subprocess.Popen[str]]:
    """Start a process that takes the batch."""
    command = [sys.executable, "-m", "tests.integration.batch_process", str(database)]
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        try:
            cast("IO[str]", process.stdin).write(json.dumps(event))
            cast("IO[str]", process.stdin).close()
            yield process
        finally:
            process.kill()


def printed(process: subprocess.Popen[str]) -> Iterator[tuple[str, str]]:
    """Yield what a process says, word and rest, until it ends."""
    for line in cast("IO[str]", process.stdout):
        word, _, rest = line.rstrip("\n").partition(" ")
        yield word, rest


def ended(store: SqliteStore) -> dict[str, ExecutionRecord]:
    """Return the records of executions that have ended."""
    records = store.records.iterate(ACCOUNT, FUNCTION, at_once=BATCH)
    return {record.id: record for record in records if record.has_ended}


@pytest.mark.parametrize("kind", [queue_batch, stream_batch], ids=["queue", "stream"])
def test_a_batch_is_done_once_however_often_its_dispatcher_is_killed(
    tmp_path: Path, kind: Any
) -> None:
    document, event = kind()
    database = tmp_path / "isolambda.sqlite3"
    with closing(open_store(database)) as store:
        store.accounts.add(Account(ACCOUNT, {"name": "n", "enabled": True}, 1, 1))
        function = validated_function({"name": "n", "function_js": SOURCE})
        store.functions.add(Function(ACCOUNT, FUNCTION, function, 1, 1, 1))
        trigger = validated_trigger({"name": "n", "batch_size": BATCH, **document})
        store.triggers.add(Trigger(ACCOUNT, FUNCTION, TRIGGER, trigger, 1, 1))

        done: dict[str, ExecutionRecord] = {}
        for _ in range(KILLS):
            with dispatching(database, event) as process:
                lines = printed(process)
                first = list(islice(lines, BEGUN))
                process.kill()
                begun = {execution for _, execution in (*first, *lines)}
            assert done.keys().isdisjoint(begun)
            before, done = done, ended(store)
            assert before.items() <= done.items()
            assert done.keys() - before.keys() <= begun

        assert 0 < len(done) < BATCH  # or none of them came in the middle
        with dispatching(database, event) as process:
            *last, (_, answer) = printed(process)

        assert json.loads(answer) == {"batchItemFailures": []}
        assert done.keys().isdisjoint(execution for _, execution in last)
        records = ended(store)
        assert done.items() <= records.items()
        assert len(records) == len({record.event_id for record in records.values()}) == BATCH
        assert {record.status for record in records.values()} == {Status.SUCCEEDED}
        assert {record.attempts for record in records.values()} == {1}
        assert records.keys() == {
            record.id for record in store.records.iterate(ACCOUNT, FUNCTION, at_once=BATCH)
        }
