"""Batches: what runs at the same time, what in order, and what stays in its source."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from threading import Barrier, Condition
from typing import Any

import pytest

from isolambda_core.adapters.codecs.messages import dump_message
from isolambda_core.domain.executions.errors import ExecutorBusyError
from isolambda_core.domain.executions.execution import (
    ExecutionRequest,
    ExecutionResult,
    Outcome,
)
from isolambda_core.domain.json_text import parse
from isolambda_core.domain.limits import TRIGGER_FAILURES
from isolambda_core.domain.queue.messages import ReconcileTrigger
from isolambda_dispatcher.batches import NEEDED_MS, THREADS
from isolambda_dispatcher.bootstrap import LEASE_S
from isolambda_dispatcher.dispatcher import Dispatcher
from isolambda_dispatcher.parsing import UnknownEventError
from tests.support.recorded import recorded
from tests.support.samples import ACCOUNT, FAILED, FUNCTION, OK, Keep
from tests.unit.dispatcher.dispatchers import EXECUTION_QUEUE, Awake, failed

QUEUE = "arn:aws:sqs:us-east-2:123456789012:my-queue"
FIFO = "arn:aws:sqs:us-east-2:123456789012:fifo.fifo"
STREAM = "arn:aws:kinesis:us-east-2:123456789012:stream/lambda-stream"
FOR_QUEUE = {"type": "queue", "queue_arn": QUEUE}
FOR_FIFO = {"type": "queue", "queue_arn": FIFO}
FOR_STREAM = {"type": "stream", "stream_arn": STREAM, "starting_position": "LATEST"}


def messages(*bodies: str, arn: str = QUEUE, groups: Sequence[str] = ()) -> dict[str, Any]:
    """Return an event with messages; the id of each is its body."""
    [like, *_] = recorded("sqs")["Records"]
    return {
        "Records": [
            {
                **like,
                "messageId": body,
                "receiptHandle": f"handle of {body}",
                "body": body,
                "eventSourceARN": arn,
                "attributes": {
                    **like["attributes"],
                    **({"MessageGroupId": groups[at]} if groups else {}),
                },
            }
            for at, body in enumerate(bodies)
        ]
    }


def shard(*numbers: str) -> dict[str, Any]:
    """Return an event with records of a shard; the data of each is its sequence number."""
    [like, *_] = recorded("kinesis_stream")["Records"]
    return {
        "Records": [
            {
                **like,
                "eventID": f"shardId-000000000000:{number}",
                "kinesis": {**like["kinesis"], "sequenceNumber": number, "data": number},
            }
            for number in numbers
        ]
    }


@dataclass
class ByBody:
    """Ends executions by what they are called with: ``bad`` ones fail, ``busy`` ones wait.

    ``broken`` ones find a bug of ours.
    """

    bad: frozenset[str] = frozenset()
    broken: frozenset[str] = frozenset()
    busy: frozenset[str] = frozenset()
    confined: bool | None = None
    together: Barrier | None = None
    ran: list[str] = field(default_factory=list)
    _noting: Condition = field(default_factory=Condition)

    def execute(self, request: ExecutionRequest) -> ExecutionResult:
        call: Any = parse(request.input)
        said = call["data"] if "data" in call else call["body"]
        if self.together is not None:
            self.together.wait(30)
        with self._noting:
            self.ran.append(said)
        if said in self.busy:
            raise ExecutorBusyError
        if said in self.broken:
            raise KeyError(said)
        ending = FAILED if said in self.bad else OK
        return replace(ending, execution_id=request.execution_id)


@pytest.fixture
def by_body(awake: Awake) -> ByBody:
    by_body = ByBody()
    perform_with(awake, by_body, lease_s=0)
    return by_body


def perform_with(awake: Awake, by_body: ByBody, lease_s: float) -> None:
    machine = awake.machine
    executions = replace(machine.dispatch.executions, executor=by_body)
    dispatch = replace(machine.dispatch, executions=executions, lease_s=lease_s)
    awake.dispatcher = replace(awake.dispatcher, perform=dispatch.perform)


def test_ten_messages_run_at_the_same_time(awake: Awake, keep: Keep, by_body: ByBody) -> None:
    keep()
    awake.trigger(FOR_QUEUE)
    by_body.together = Barrier(THREADS)  # which breaks, and fails all of them, if one stays away

    assert awake.handle(messages(*"abcdefghij")) == failed()


def test_a_bad_message_among_ten_leaves_nine_done_and_one_dead(
    awake: Awake, keep: Keep, by_body: ByBody
) -> None:
    keep(attempts=1)
    awake.trigger(FOR_QUEUE)
    by_body.bad = frozenset("e")

    assert awake.handle(messages(*"abcdefghij")) == failed()

    assert sorted(awake.dispositions) == ["dead", *["done"] * 9]
    assert len(awake.consumer.dead_lettered) == 1


def test_a_message_that_is_to_be_tried_again_waits_in_its_own_queue(
    awake: Awake, keep: Keep, by_body: ByBody
) -> None:
    keep(attempts=2)
    awake.trigger(FOR_QUEUE)
    by_body.bad = frozenset("b")

    assert awake.handle(messages("a", "b", "c")) == failed("b")
    assert awake.consumer.visibility_changes == [(QUEUE, "handle of b", 1.0)]
    assert awake.consumer.dead_lettered == []

    by_body.bad = frozenset()
    assert awake.handle(messages("b")) == failed()
    assert by_body.ran.count("b") == 2


def test_a_message_that_is_in_a_batch_twice_runs_once(
    awake: Awake, keep: Keep, by_body: ByBody
) -> None:
    keep()
    awake.trigger(FOR_QUEUE)

    assert awake.handle(messages("a", "a", "b")) == failed()

    assert sorted(by_body.ran) == ["a", "b"]


def test_messages_of_a_group_run_in_order_and_groups_beside_each_other(
    awake: Awake, keep: Keep, by_body: ByBody
) -> None:
    keep()
    awake.trigger(FOR_FIFO)
    by_body.together = Barrier(2)  # one of each group at a time

    answer = awake.handle(messages(*"abcdef", arn=FIFO, groups="121212"))

    assert answer == failed()
    assert [body for body in by_body.ran if body in "ace"] == ["a", "c", "e"]
    assert [body for body in by_body.ran if body in "bdf"] == ["b", "d", "f"]


def test_a_group_waits_for_its_message_that_is_tried_again_and_the_other_groups_do_not(
    awake: Awake, keep: Keep, by_body: ByBody
) -> None:
    keep(attempts=2)
    awake.trigger(FOR_FIFO)
    by_body.bad = frozenset("c")

    answer = awake.handle(messages(*"abcdef", arn=FIFO, groups="121212"))

    assert answer == failed("c", "e")
    assert sorted(by_body.ran) == ["a", "b", "c", "d", "f"]
    # SQS lets nothing of a group out while one of it is hidden.
    assert awake.consumer.visibility_changes == [
        (FIFO, "handle of c", 1.0),
        (FIFO, "handle of e", 1.0),
    ]


def test_a_message_that_failed_for_good_makes_way_for_its_group(
    awake: Awake, keep: Keep, by_body: ByBody
) -> None:
    keep(attempts=1)
    awake.trigger(FOR_FIFO)
    by_body.bad = frozenset("a")

    assert awake.handle(messages("a", "b", arn=FIFO, groups="11")) == failed()
    assert by_body.ran == ["a", "b"]


def test_a_group_goes_on_once_its_message_is_done_or_has_failed_for_good(
    awake: Awake, keep: Keep, by_body: ByBody
) -> None:
    keep(attempts=2)
    awake.trigger(FOR_FIFO)
    by_body.bad = frozenset({"bad2"})

    first = awake.handle(messages("a1", "bad2", "b1", "a3", "b2", arn=FIFO, groups="AABAB"))
    waited = sorted(by_body.ran)
    second = awake.handle(messages("bad2", "a3", arn=FIFO, groups="AA"))

    assert (first, second) == (failed("bad2", "a3"), failed())
    assert waited == ["a1", "b1", "b2", "bad2"]
    assert by_body.ran[4:] == ["bad2", "a3"]
    assert [body for body in by_body.ran if body in {"b1", "b2"}] == ["b1", "b2"]
    assert len(awake.consumer.dead_lettered) == 1


def test_groups_in_a_queue_that_is_not_fifo_keep_no_order(
    awake: Awake, keep: Keep, by_body: ByBody
) -> None:
    keep()
    awake.trigger(FOR_QUEUE)
    by_body.together = Barrier(3)

    assert awake.handle(messages("a", "b", "c", groups="111")) == failed()


def test_a_shard_runs_in_order_and_stops_where_one_is_to_be_tried_again(
    awake: Awake, keep: Keep, by_body: ByBody
) -> None:
    keep(attempts=2)
    awake.trigger(FOR_STREAM)
    by_body.bad = frozenset("3")

    assert awake.handle(shard(*"12345")) == failed("3")
    assert by_body.ran == ["1", "2", "3"]

    by_body.bad = frozenset()
    assert awake.handle(shard(*"345")) == failed()
    assert by_body.ran == ["1", "2", "3", "3", "4", "5"]


def test_a_record_that_failed_for_good_makes_way_for_its_shard(
    awake: Awake, keep: Keep, by_body: ByBody
) -> None:
    keep(attempts=1)
    awake.trigger(FOR_STREAM)
    by_body.bad = frozenset("2")

    assert awake.handle(shard(*"1234")) == failed()

    assert by_body.ran == ["1", "2", "3", "4"]
    assert awake.dispositions == ["done", "dead", "done", "done"]


def test_a_shard_waits_until_its_record_has_failed_for_good(
    awake: Awake, keep: Keep, by_body: ByBody
) -> None:
    keep(attempts=3)
    awake.trigger(FOR_STREAM)
    by_body.bad = frozenset("2")

    answers = [awake.handle(shard(*"123")), *(awake.handle(shard(*"23")) for _ in range(2))]

    assert answers == [failed("2"), failed("2"), failed()]
    assert by_body.ran == ["1", "2", "2", "2", "3"]


@pytest.mark.parametrize(
    ("document", "event"),
    [
        pytest.param(FOR_QUEUE, messages("a"), id="queue"),
        pytest.param(FOR_QUEUE, messages("a", "a"), id="queue, twice"),
        pytest.param(FOR_FIFO, messages("a", arn=FIFO, groups="1"), id="queue, FIFO"),
        pytest.param(FOR_STREAM, shard("a"), id="stream"),
    ],
)
def test_what_comes_ten_times_at_once_is_one_execution(
    awake: Awake, keep: Keep, by_body: ByBody, document: Any, event: Any
) -> None:
    keep(record="all")
    awake.trigger(document)
    perform_with(awake, by_body, lease_s=LEASE_S)
    together = Barrier(10)

    def deliver(_: int) -> None:
        together.wait(30)
        awake.handle(event)

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(deliver, range(10)))

    assert by_body.ran == ["a"]
    [record] = awake.machine.store.records.iterate(ACCOUNT, FUNCTION, at_once=9)
    assert (record.status, record.attempts) == ("succeeded", 1)


def test_a_shard_waits_for_an_executor(awake: Awake, keep: Keep, by_body: ByBody) -> None:
    keep()
    awake.trigger(FOR_STREAM)
    by_body.busy = frozenset("2")

    assert awake.handle(shard(*"123")) == failed("2")
    by_body.busy = frozenset()
    assert awake.handle(shard(*"23")) == failed()

    assert by_body.ran == ["1", "2", "2", "3"]


def test_a_shard_stops_behind_a_bug(
    awake: Awake, keep: Keep, by_body: ByBody, caplog: pytest.LogCaptureFixture
) -> None:
    keep()
    awake.trigger(FOR_STREAM)
    by_body.broken = frozenset("2")

    assert awake.handle(shard(*"123")) == failed("2")

    assert by_body.ran == ["1", "2"]
    assert sorted(awake.dispositions) == ["again", "done", "failed"]
    [error] = [record for record in caplog.records if record.levelname == "ERROR"]
    assert error.getMessage() == "stream 2 failed"


@pytest.mark.parametrize(
    ("document", "event", "at_once"),
    [
        pytest.param(FOR_QUEUE, messages(*"abc"), ["handle of c"], id="queue"),
        pytest.param(
            FOR_FIFO,
            messages(*"abc", arn=FIFO, groups="111"),
            ["handle of c"],
            id="queue, FIFO",
        ),
        pytest.param(FOR_STREAM, shard(*"abc"), [], id="stream"),
    ],
)
def test_nothing_is_begun_that_might_be_cut_off(
    awake: Awake,
    keep: Keep,
    by_body: ByBody,
    document: Any,
    event: Any,
    at_once: list[str],
) -> None:
    keep()
    awake.trigger(document)
    left = iter([NEEDED_MS + 1, NEEDED_MS, NEEDED_MS - 1])
    awake.left_ms = lambda: next(left)
    awake.dispatcher = one_at_a_time(awake.dispatcher)

    assert awake.handle(event) == failed("c")

    assert by_body.ran == ["a", "b"]
    assert [(handle, after_s) for _, handle, after_s in awake.consumer.visibility_changes] == [
        (handle, 0.0) for handle in at_once
    ]


def one_at_a_time(dispatcher: Dispatcher) -> Dispatcher:
    """Return a dispatcher that takes the items of a batch one after the other."""
    batches = replace(dispatcher.batches, threads=ThreadPoolExecutor(1))
    return replace(dispatcher, batches=batches)


@pytest.mark.parametrize(
    ("document", "event"),
    [
        pytest.param(FOR_QUEUE, messages(*"abcdefghij"), id="queue"),
        pytest.param(FOR_STREAM, shard(*"abcdefghij"), id="stream"),
    ],
)
def test_ten_failures_in_a_row_disable_the_trigger(
    awake: Awake, keep: Keep, by_body: ByBody, document: Any, event: Any
) -> None:
    keep(attempts=1)
    trigger = awake.trigger(document)
    by_body.bad = frozenset("abcdefghij")
    assert len(event["Records"]) == TRIGGER_FAILURES

    awake.handle(event)

    disabled = awake.found(trigger)
    assert not disabled.enabled
    assert disabled.disable_reason == "10 failures in a row; the last: TypeError"
    assert awake.machine.alarms == ["disabled"]


def test_a_success_between_them_lets_a_trigger_go_on(
    awake: Awake, keep: Keep, by_body: ByBody
) -> None:
    keep(attempts=1)
    trigger = awake.trigger(FOR_STREAM)
    by_body.bad = frozenset("abcdefghijklmnopqrst") - {"j"}

    awake.handle(shard(*"abcdefghijklmnopqrs"))

    assert awake.found(trigger).enabled
    assert awake.machine.alarms == []


def test_a_trigger_that_may_be_half_made_is_settled(awake: Awake, keep: Keep) -> None:
    keep()
    trigger = awake.trigger(FOR_QUEUE)
    sources = awake.machine.sources
    message = ReconcileTrigger(trigger.ref, awake.machine.clock.now_ms())

    answer = awake.handle(messages(dump_message(message), arn=EXECUTION_QUEUE))

    assert answer == failed()
    assert sources.bound == {QUEUE: trigger}


def test_a_trigger_is_settled_later_while_its_source_is_away(awake: Awake, keep: Keep) -> None:
    keep()
    trigger = awake.trigger(FOR_QUEUE)
    awake.machine.sources.away = True
    body = dump_message(ReconcileTrigger(trigger.ref, awake.machine.clock.now_ms()))

    answer = awake.handle(messages(body, arn=EXECUTION_QUEUE))

    assert answer == failed(body)
    assert awake.consumer.visibility_changes == [(EXECUTION_QUEUE, f"handle of {body}", 15.0)]


def test_a_schedule_without_a_time_ran_in_this_minute(awake: Awake, keep: Keep) -> None:
    keep()
    awake.trigger({"type": "schedule", "schedule": "rate(1 hour)"})
    awake.machine.clock.time_ms = 1_800_000_034_567
    event = {**recorded("wrapped_scheduler"), "scheduled_at": "<aws.scheduler.scheduled-time>"}

    for _ in range(2):
        awake.handle(event)
        awake.machine.clock.time_ms += 10_000

    awake.perform_queued()
    assert awake.calls == [{"scheduled_at": "2027-01-15T08:00:00Z", "input": None}]


@pytest.mark.parametrize(
    "event",
    [
        {},
        [],
        None,
        {"Records": []},
        {"Records": [{}]},
        {"Records": ["hunter2"]},
        {"Records": [{"eventSource": "aws:s3", "eventSourceARN": "hunter2"}]},
        {"Records": [{"eventSource": "aws:sqs", "eventSourceARN": {"hunter2": 1}}]},
        {"Records": [*messages("a")["Records"], *messages("a", arn=FIFO)["Records"]]},
        {"Records": [{"EventSource": "aws:sns", "Sns": {"TopicArn": None}}]},
        {"isolambda": "hunter2"},
        {"isolambda": "event", "event": {}},
        {**recorded("wrapped_eventbridge_custom"), "trigger_id": "hunter2"},
        {**recorded("wrapped_eventbridge_custom"), "function_id": 5},
        {**recorded("wrapped_eventbridge_custom"), "event": "hunter2"},
        recorded("scheduler"),
        recorded("s3_object_created"),
        recorded("eventbridge_custom"),
    ],
    ids=str,
)
def test_an_unknown_event_is_an_error_that_repeats_nothing_of_it(awake: Awake, event: Any) -> None:
    with pytest.raises(UnknownEventError) as raised:
        awake.handle(event)

    assert "hunter2" not in str(raised.value)
    assert awake.taken == []


def test_no_outcome_of_a_limit_is_tried_again_in_place(awake: Awake, keep: Keep) -> None:
    keep(attempts=3)
    awake.trigger(FOR_STREAM)
    awake.machine.executor.ends(ExecutionResult("", Outcome.EXCEEDED_WALL_TIME))

    assert awake.handle(shard("1")) == failed()

    [record] = awake.machine.store.records.iterate(ACCOUNT, FUNCTION, at_once=10)
    assert record.attempts == 1
    assert awake.dispositions == ["dead"]
