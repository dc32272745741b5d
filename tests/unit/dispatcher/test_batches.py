"""Batches: what runs at the same time, what in order, and what stays in its source."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from threading import Barrier, Condition
from typing import Any

import pytest
from typing_extensions import override

from isolambda_core.adapters.codecs.messages import dump_message
from isolambda_core.domain.executions.errors import CallbackFailedError, ExecutorBusyError
from isolambda_core.domain.executions.execution import (
    ExecutionRequest,
    ExecutionResult,
    Outcome,
)
from isolambda_core.domain.json_text import parse
from isolambda_core.domain.limits import TRIGGER_FAILURES
from isolambda_core.domain.queue.messages import ReconcileTrigger
from isolambda_core.ports.executions import Executor
from isolambda_dispatcher.batches import NEEDED_MS, THREADS
from isolambda_dispatcher.bootstrap import LEASE_S
from isolambda_dispatcher.dispatcher import Dispatcher
from isolambda_dispatcher.parsing import UnknownEventError
from isolambda_dispatcher.sources.executions import ExecutionSource
from tests.support.recorded import recorded
from tests.support.samples import ACCOUNT, FAILED, FUNCTION, OK, Keep
from tests.unit.dispatcher.batches import (
    FIFO,
    FOR_FIFO,
    FOR_QUEUE,
    FOR_STREAM,
    QUEUE,
    messages,
    shard,
)
from tests.unit.dispatcher.dispatchers import (
    CALLBACK_QUEUE,
    EXECUTION_QUEUE,
    ObservedDispatcher,
    failed,
)

URL = "https://callback.test/ended"


@dataclass
class ByBody(Executor):
    """Ends executions by what they are called with: ``bad`` ones fail, ``busy`` ones wait.

    ``broken`` ones find a bug of ours.
    """

    bad: frozenset[str] = frozenset()
    broken: frozenset[str] = frozenset()
    busy: frozenset[str] = frozenset()
    confinement: None = None
    together: Barrier | None = None
    ran: list[str] = field(default_factory=list)
    _noting: Condition = field(default_factory=Condition)

    @override
    def execute(self, request: ExecutionRequest) -> ExecutionResult:
        call: Any = parse(request.input)
        text = call["data"] if "data" in call else call["body"]
        if self.together is not None:
            self.together.wait(30)
        with self._noting:
            self.ran.append(text)
        if text in self.busy:
            raise ExecutorBusyError
        if text in self.broken:
            raise KeyError(text)
        ending = FAILED if text in self.bad else OK
        return replace(ending, execution_id=request.execution_id)


@pytest.fixture
def by_body(dispatcher: ObservedDispatcher) -> ByBody:
    by_body = ByBody()
    perform_with(dispatcher, by_body, lease_s=0)
    return by_body


def perform_with(dispatcher: ObservedDispatcher, by_body: ByBody, lease_s: float) -> None:
    machine = dispatcher.machine
    dispatch = replace(machine.dispatch, executor=by_body, lease_s=lease_s)
    own_queues = dispatcher.dispatcher.own_queues
    executions = own_queues[EXECUTION_QUEUE]
    assert isinstance(executions, ExecutionSource)
    executions_queue = replace(executions, perform=dispatch.perform)
    dispatcher.dispatcher = replace(
        dispatcher.dispatcher,
        perform=dispatch.perform,
        own_queues={**own_queues, EXECUTION_QUEUE: executions_queue},
    )


def test_ten_messages_run_at_the_same_time(
    dispatcher: ObservedDispatcher, keep: Keep, by_body: ByBody
) -> None:
    keep()
    dispatcher.trigger(FOR_QUEUE)
    by_body.together = Barrier(THREADS)  # which breaks, and fails all of them, if one stays away

    assert dispatcher.handle(messages(*"abcdefghij")) == failed()


def test_a_bad_message_among_ten_leaves_nine_done_and_one_dead(
    dispatcher: ObservedDispatcher, keep: Keep, by_body: ByBody
) -> None:
    keep(attempts=1)
    dispatcher.trigger(FOR_QUEUE)
    by_body.bad = frozenset("e")

    assert dispatcher.handle(messages(*"abcdefghij")) == failed()

    assert sorted(dispatcher.dispositions) == ["dead", *["done"] * 9]
    assert len(dispatcher.consumer.dead_lettered) == 1


def test_a_message_that_is_to_be_tried_again_waits_in_its_own_queue(
    dispatcher: ObservedDispatcher, keep: Keep, by_body: ByBody
) -> None:
    keep(attempts=2)
    dispatcher.trigger(FOR_QUEUE)
    by_body.bad = frozenset("b")

    assert dispatcher.handle(messages("a", "b", "c")) == failed("b")
    assert dispatcher.consumer.visibility_changes == [(QUEUE, "handle of b", 1.0)]
    assert dispatcher.consumer.dead_lettered == []

    by_body.bad = frozenset()
    assert dispatcher.handle(messages("b")) == failed()
    assert by_body.ran.count("b") == 2


def test_a_message_that_is_in_a_batch_twice_runs_once(
    dispatcher: ObservedDispatcher, keep: Keep, by_body: ByBody
) -> None:
    keep()
    dispatcher.trigger(FOR_QUEUE)

    assert dispatcher.handle(messages("a", "a", "b")) == failed()

    assert sorted(by_body.ran) == ["a", "b"]


def test_messages_of_a_group_run_in_order_and_groups_beside_each_other(
    dispatcher: ObservedDispatcher, keep: Keep, by_body: ByBody
) -> None:
    keep()
    dispatcher.trigger(FOR_FIFO)
    by_body.together = Barrier(2)  # one of each group at a time

    answer = dispatcher.handle(messages(*"abcdef", arn=FIFO, groups="121212"))

    assert answer == failed()
    assert [body for body in by_body.ran if body in "ace"] == ["a", "c", "e"]
    assert [body for body in by_body.ran if body in "bdf"] == ["b", "d", "f"]


def test_a_group_waits_for_its_message_that_is_tried_again_and_the_other_groups_do_not(
    dispatcher: ObservedDispatcher, keep: Keep, by_body: ByBody
) -> None:
    keep(attempts=2)
    dispatcher.trigger(FOR_FIFO)
    by_body.bad = frozenset("c")

    answer = dispatcher.handle(messages(*"abcdef", arn=FIFO, groups="121212"))

    assert answer == failed("c", "e")
    assert sorted(by_body.ran) == ["a", "b", "c", "d", "f"]
    # SQS lets nothing of a group out while one of it is hidden.
    assert dispatcher.consumer.visibility_changes == [
        (FIFO, "handle of c", 1.0),
        (FIFO, "handle of e", 1.0),
    ]


def test_a_message_that_failed_for_good_makes_way_for_its_group(
    dispatcher: ObservedDispatcher, keep: Keep, by_body: ByBody
) -> None:
    keep(attempts=1)
    dispatcher.trigger(FOR_FIFO)
    by_body.bad = frozenset("a")

    assert dispatcher.handle(messages("a", "b", arn=FIFO, groups="11")) == failed()
    assert by_body.ran == ["a", "b"]


def test_a_group_goes_on_once_its_message_is_done_or_has_failed_for_good(
    dispatcher: ObservedDispatcher, keep: Keep, by_body: ByBody
) -> None:
    keep(attempts=2)
    dispatcher.trigger(FOR_FIFO)
    by_body.bad = frozenset({"bad2"})

    first = dispatcher.handle(messages("a1", "bad2", "b1", "a3", "b2", arn=FIFO, groups="AABAB"))
    waited = sorted(by_body.ran)
    second = dispatcher.handle(messages("bad2", "a3", arn=FIFO, groups="AA"))

    assert (first, second) == (failed("bad2", "a3"), failed())
    assert waited == ["a1", "b1", "b2", "bad2"]
    assert by_body.ran[4:] == ["bad2", "a3"]
    assert [body for body in by_body.ran if body in {"b1", "b2"}] == ["b1", "b2"]
    assert len(dispatcher.consumer.dead_lettered) == 1


def test_groups_in_a_queue_that_is_not_fifo_keep_no_order(
    dispatcher: ObservedDispatcher, keep: Keep, by_body: ByBody
) -> None:
    keep()
    dispatcher.trigger(FOR_QUEUE)
    by_body.together = Barrier(3)

    assert dispatcher.handle(messages("a", "b", "c", groups="111")) == failed()


def test_a_shard_runs_in_order_and_stops_where_one_is_to_be_tried_again(
    dispatcher: ObservedDispatcher, keep: Keep, by_body: ByBody
) -> None:
    keep(attempts=2)
    dispatcher.trigger(FOR_STREAM)
    by_body.bad = frozenset("3")

    assert dispatcher.handle(shard(*"12345")) == failed("3")
    assert by_body.ran == ["1", "2", "3"]

    by_body.bad = frozenset()
    assert dispatcher.handle(shard(*"345")) == failed()
    assert by_body.ran == ["1", "2", "3", "3", "4", "5"]


def test_a_record_that_failed_for_good_makes_way_for_its_shard(
    dispatcher: ObservedDispatcher, keep: Keep, by_body: ByBody
) -> None:
    keep(attempts=1)
    dispatcher.trigger(FOR_STREAM)
    by_body.bad = frozenset("2")

    assert dispatcher.handle(shard(*"1234")) == failed()

    assert by_body.ran == ["1", "2", "3", "4"]
    assert dispatcher.dispositions == ["done", "dead", "done", "done"]


def test_a_shard_waits_until_its_record_has_failed_for_good(
    dispatcher: ObservedDispatcher, keep: Keep, by_body: ByBody
) -> None:
    keep(attempts=3)
    dispatcher.trigger(FOR_STREAM)
    by_body.bad = frozenset("2")

    answers = [
        dispatcher.handle(shard(*"123")),
        *(dispatcher.handle(shard(*"23")) for _ in range(2)),
    ]

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
    dispatcher: ObservedDispatcher, keep: Keep, by_body: ByBody, document: Any, event: Any
) -> None:
    keep(record="all")
    dispatcher.trigger(document)
    perform_with(dispatcher, by_body, lease_s=LEASE_S)
    together = Barrier(10)

    def deliver(_: int) -> None:
        together.wait(30)
        dispatcher.handle(event)

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(deliver, range(10)))

    assert by_body.ran == ["a"]
    [record] = dispatcher.machine.store.records.iterate(ACCOUNT, FUNCTION, at_once=9)
    assert (record.status, record.attempts) == ("succeeded", 1)


def test_a_shard_waits_for_an_executor(
    dispatcher: ObservedDispatcher, keep: Keep, by_body: ByBody
) -> None:
    keep()
    dispatcher.trigger(FOR_STREAM)
    by_body.busy = frozenset("2")

    assert dispatcher.handle(shard(*"123")) == failed("2")
    by_body.busy = frozenset()
    assert dispatcher.handle(shard(*"23")) == failed()

    assert by_body.ran == ["1", "2", "2", "3"]


def test_a_shard_stops_behind_a_bug(
    dispatcher: ObservedDispatcher, keep: Keep, by_body: ByBody, caplog: pytest.LogCaptureFixture
) -> None:
    keep()
    dispatcher.trigger(FOR_STREAM)
    by_body.broken = frozenset("2")

    assert dispatcher.handle(shard(*"123")) == failed("2")

    assert by_body.ran == ["1", "2"]
    assert sorted(dispatcher.dispositions) == ["again", "done", "failed"]
    [error] = [record for record in caplog.records if record.levelname == "ERROR"]
    assert error.getMessage() == "stream 2 failed: KeyError"
    assert error.exc_info is not None


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
    dispatcher: ObservedDispatcher,
    keep: Keep,
    by_body: ByBody,
    document: Any,
    event: Any,
    at_once: list[str],
) -> None:
    keep()
    dispatcher.trigger(document)
    left = iter([NEEDED_MS + 1, NEEDED_MS, NEEDED_MS - 1])
    dispatcher.left_ms = lambda: next(left)
    dispatcher.dispatcher = one_at_a_time(dispatcher.dispatcher)

    assert dispatcher.handle(event) == failed("c")

    assert by_body.ran == ["a", "b"]
    assert [(handle, after_s) for _, handle, after_s in dispatcher.consumer.visibility_changes] == [
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
    dispatcher: ObservedDispatcher, keep: Keep, by_body: ByBody, document: Any, event: Any
) -> None:
    keep(attempts=1)
    trigger = dispatcher.trigger(document)
    by_body.bad = frozenset("abcdefghij")
    assert len(event["Records"]) == TRIGGER_FAILURES

    dispatcher.handle(event)

    disabled = dispatcher.found(trigger)
    assert not disabled.enabled
    assert disabled.disable_reason == "10 failures in a row; the last: TypeError"
    assert dispatcher.machine.alarms == ["disabled"]


def test_a_success_between_them_lets_a_trigger_go_on(
    dispatcher: ObservedDispatcher, keep: Keep, by_body: ByBody
) -> None:
    keep(attempts=1)
    trigger = dispatcher.trigger(FOR_STREAM)
    by_body.bad = frozenset("abcdefghijklmnopqrst") - {"j"}

    dispatcher.handle(shard(*"abcdefghijklmnopqrs"))

    assert dispatcher.found(trigger).enabled
    assert dispatcher.machine.alarms == []


def test_a_trigger_that_may_be_half_made_is_settled(
    dispatcher: ObservedDispatcher, keep: Keep
) -> None:
    keep()
    trigger = dispatcher.trigger(FOR_QUEUE)
    sources = dispatcher.machine.sources
    message = ReconcileTrigger(trigger.ref, dispatcher.machine.clock.now_ms())

    answer = dispatcher.handle(messages(dump_message(message), arn=EXECUTION_QUEUE))

    assert answer == failed()
    assert sources.bound == {QUEUE: trigger}


def test_a_trigger_is_settled_later_while_its_source_is_away(
    dispatcher: ObservedDispatcher, keep: Keep
) -> None:
    keep()
    trigger = dispatcher.trigger(FOR_QUEUE)
    dispatcher.machine.sources.away = True
    body = dump_message(ReconcileTrigger(trigger.ref, dispatcher.machine.clock.now_ms()))

    answer = dispatcher.handle(messages(body, arn=EXECUTION_QUEUE))

    assert answer == failed(body)
    assert dispatcher.consumer.visibility_changes == [(EXECUTION_QUEUE, f"handle of {body}", 15.0)]


def test_a_schedule_without_a_time_ran_in_this_minute(
    dispatcher: ObservedDispatcher, keep: Keep
) -> None:
    keep()
    dispatcher.trigger({"type": "schedule", "schedule": "rate(1 hour)"})
    dispatcher.machine.clock.time_ms = 1_800_000_034_567
    event = {**recorded("wrapped_scheduler"), "scheduled_at": "<aws.scheduler.scheduled-time>"}

    for _ in range(2):
        dispatcher.handle(event)
        dispatcher.machine.clock.time_ms += 10_000

    dispatcher.perform_queued()
    assert dispatcher.calls == [{"scheduled_at": "2027-01-15T08:00:00Z", "input": None}]


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
def test_an_unknown_event_is_an_error_that_repeats_nothing_of_it(
    dispatcher: ObservedDispatcher, event: Any
) -> None:
    with pytest.raises(UnknownEventError) as raised:
        dispatcher.handle(event)

    assert "hunter2" not in str(raised.value)
    assert dispatcher.taken == []


def test_no_outcome_of_a_limit_is_tried_again_in_place(
    dispatcher: ObservedDispatcher, keep: Keep
) -> None:
    keep(attempts=3)
    dispatcher.trigger(FOR_STREAM)
    dispatcher.machine.executor.ends(ExecutionResult("", Outcome.EXCEEDED_WALL_TIME))

    assert dispatcher.handle(shard("1")) == failed()

    [record] = dispatcher.machine.store.records.iterate(ACCOUNT, FUNCTION, at_once=10)
    assert record.attempts == 1
    assert dispatcher.dispositions == ["dead"]


def test_a_callback_goes_by_a_queue_of_its_own(dispatcher: ObservedDispatcher, keep: Keep) -> None:
    keep()
    message = dispatcher.machine.submit(callback_url=URL)
    body = dump_message(message)

    assert dispatcher.handle(messages(body, arn=EXECUTION_QUEUE)) == failed()
    assert dispatcher.machine.callbacks.posted == []
    assert dispatcher.callbacks.sent == [message]

    assert dispatcher.handle(messages(body, arn=CALLBACK_QUEUE)) == failed()
    [posted] = dispatcher.machine.callbacks.posted
    assert posted.url == URL
    assert [(taken.source, taken.disposition) for taken in dispatcher.taken] == [
        ("execution", "callback"),
        ("callback", "done"),
    ]


def test_a_callback_that_was_refused_waits_in_its_own_queue(
    dispatcher: ObservedDispatcher, keep: Keep
) -> None:
    keep()
    dispatcher.machine.callbacks.script = [CallbackFailedError("it answered 503"), None]
    body = dump_message(dispatcher.machine.submit(callback_url=URL))
    dispatcher.handle(messages(body, arn=EXECUTION_QUEUE))

    answers = [dispatcher.handle(messages(body, arn=CALLBACK_QUEUE)) for _ in range(2)]

    assert answers == [failed(body), failed()]
    assert dispatcher.consumer.visibility_changes == [(CALLBACK_QUEUE, f"handle of {body}", 2.0)]
    assert len(dispatcher.machine.executor.requests) == 1


def test_an_execution_that_failed_is_dead_when_its_callback_is_done(
    dispatcher: ObservedDispatcher, keep: Keep
) -> None:
    keep(attempts=1)
    dispatcher.machine.executor.ends(FAILED)
    body = dump_message(dispatcher.machine.submit(callback_url=URL))

    dispatcher.handle(messages(body, arn=EXECUTION_QUEUE))
    dead_before = list(dispatcher.consumer.dead_lettered)
    dispatcher.handle(messages(body, arn=CALLBACK_QUEUE))

    assert dead_before == []
    assert dispatcher.consumer.dead_lettered == [body]


def test_a_message_stays_in_its_queue_while_the_callback_queue_is_away(
    dispatcher: ObservedDispatcher, keep: Keep
) -> None:
    keep()
    body = dump_message(dispatcher.machine.submit(callback_url=URL))

    dispatcher.callbacks.away = True
    assert dispatcher.handle(messages(body, arn=EXECUTION_QUEUE)) == failed(body)
    dispatcher.callbacks.away = False
    assert dispatcher.handle(messages(body, arn=EXECUTION_QUEUE)) == failed()

    assert len(dispatcher.callbacks.sent) == len(dispatcher.machine.executor.requests) == 1
