"""``isolambda admin dead-letters``, on a machine and on a stack."""

import pytest

from isolambda_core.adapters.clock import SystemClock
from isolambda_core.adapters.codecs.messages import dump_message
from isolambda_core.domain.executions.execution import (
    ExecutionError,
    ExecutionResult,
    Outcome,
)
from isolambda_core.domain.executions.records import (
    ExecutionPayload,
    ExecutionRecord,
    Status,
)
from isolambda_core.domain.ids import new_execution_id
from isolambda_core.domain.queue.messages import (
    QueuedExecution,
    ReconcileTrigger,
)
from isolambda_core.domain.triggers.triggers import (
    TriggerRef,
    TriggerType,
)
from tests.unit.cli.installations import Operated

ACCOUNT, FUNCTION, TRIGGER = "a" * 32, "f" * 32, "7" * 32
EXECUTION, OTHER = (new_execution_id(SystemClock().now_ms()) for _ in range(2))
FAILED = ExecutionResult(EXECUTION, Outcome.EXCEPTION, error=ExecutionError("Error", "no items"))


@pytest.fixture(autouse=True)
def _a_letter(operated: Operated) -> None:
    send_to_dlq(operated, EXECUTION)


def send_to_dlq(operated: Operated, execution_id: str) -> None:
    """Have an execution of a trigger fail for good."""
    record = ExecutionRecord(
        execution_id,
        ACCOUNT,
        FUNCTION,
        "$LATEST",
        "$LATEST",
        1,
        "queue",
        "",
        Status.RUNNING,
        asynchronous=True,
        trigger_id=TRIGGER,
    )
    operated.store.records.add(record.ended(FAILED, 5), ExecutionPayload(b"1"))
    operated.consumer.send_to_dlq(dump_message(QueuedExecution(ACCOUNT, FUNCTION, execution_id, 5)))


def status(operated: Operated, execution_id: str = EXECUTION) -> Status:
    return operated.store.records.get(ACCOUNT, FUNCTION, execution_id).status


def test_a_letter_is_listed_with_what_it_is_about(operated: Operated) -> None:
    [row] = operated.ask("dead-letters", "list")

    assert row.pop("died")
    assert row == {
        "what": "execution",
        "execution_id": EXECUTION,
        "function_id": FUNCTION,
        "trigger_id": TRIGGER,
        "outcome": "exception",
        "error": "no items",
    }


def test_one_is_redriven_and_the_others_stay(operated: Operated) -> None:
    send_to_dlq(operated, OTHER)

    [row] = operated.ask("dead-letters", "redrive", "--execution", EXECUTION)

    assert (row["execution_id"], row["redrive"]) == (EXECUTION, "redriven")
    assert (status(operated), status(operated, OTHER)) == (Status.QUEUED, Status.FAILED)
    [left] = operated.ask("dead-letters", "list")
    assert left["execution_id"] == OTHER


def test_all_are_redriven(operated: Operated) -> None:
    send_to_dlq(operated, OTHER)

    rows = operated.ask("dead-letters", "redrive", "--all")

    assert {row["execution_id"] for row in rows} == {EXECUTION, OTHER}
    assert (status(operated), status(operated, OTHER)) == (Status.QUEUED, Status.QUEUED)
    assert operated.ask("dead-letters", "list") == []


def test_a_trigger_that_could_not_be_settled_is_settled_again(operated: Operated) -> None:
    ref = TriggerRef(ACCOUNT, FUNCTION, TRIGGER, TriggerType.EVENT)
    operated.ask("dead-letters", "redrive", "--all")
    operated.consumer.send_to_dlq(dump_message(ReconcileTrigger(ref, 5)))

    [row] = operated.ask("dead-letters", "redrive", "--all")

    assert (row["what"], row["trigger_id"]) == ("unsettled trigger", TRIGGER)
    assert operated.ask("dead-letters", "list") == []


def test_what_cannot_be_redriven_is_left_and_the_exit_code_says_so(operated: Operated) -> None:
    operated.consumer.send_to_dlq('{"messageId": "of a queue, and unreadable"}')

    result = operated.type("dead-letters", "redrive", "--all")

    lines = {line.split("\t")[0]: line.split("\t")[-1] for line in result.stdout.splitlines()}
    assert (result.exit_code, result.stderr) == (1, "")
    assert lines == {
        "execution": "redriven",
        "none of ours": "left: nothing in it can be attempted",
    }
    [left] = operated.ask("dead-letters", "list")
    assert left["what"] == "none of ours"


def test_what_has_no_record_any_more_is_left(operated: Operated) -> None:
    operated.store.records.remove_all(ACCOUNT, FUNCTION)

    result = operated.type("dead-letters", "redrive", "--execution", EXECUTION)

    assert result.exit_code == 1
    assert result.stdout.rstrip().endswith("left: its record is gone")


def test_an_execution_without_a_letter_is_one_line_on_stderr(operated: Operated) -> None:
    result = operated.type("dead-letters", "redrive", "--execution", OTHER)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.endswith(f": no dead letter is about execution {OTHER!r}\n")


@pytest.mark.parametrize(
    "words", [(), ("--all", "--execution", EXECUTION)], ids=["none", "all and one"]
)
def test_redrive_needs_ids_or_all(operated: Operated, words: tuple[str, ...]) -> None:
    result = operated.type("dead-letters", "redrive", *words)

    assert result.exit_code == 2
    assert "give --execution ID, or --all" in result.stderr
    assert status(operated) is Status.FAILED
