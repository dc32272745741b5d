"""The queue of one machine: what comes out when, and what is done with it."""

from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.queue.messages import (
    QueuedExecution,
    ReconcileTrigger,
)
from isolambda_core.domain.triggers.triggers import (
    TriggerRef,
    TriggerType,
)
from isolambda_local.sqlite import open_store
from isolambda_local.sqlite.queue import DueSchedule, SqliteExecutionQueue, Turn, Unread, Waiting

ACCOUNT, BELOW, OTHER = "a" * 32, "d" * 32, "b" * 32
TRIGGER = TriggerRef(ACCOUNT, "f" * 32, "c" * 32, TriggerType.QUEUE, "arn:aws:sqs:x:1:\ud800")
NOW_MS = 1_800_000_000_000


@pytest.fixture
def queue() -> Iterator[SqliteExecutionQueue]:
    with closing(open_store(None)) as store:
        store.accounts.add(Account(ACCOUNT, {"name": "a", "enabled": True}, 1, 1))
        below = Account(BELOW, {"name": "d", "enabled": True}, 1, 1, ancestor_ids=(ACCOUNT,))
        store.accounts.add(below)
        yield store.queue


def a_message(
    number: int = 1, sent_at_ms: int = NOW_MS, account_id: str = ACCOUNT
) -> QueuedExecution:
    return QueuedExecution(account_id, "f" * 32, f"{number:032x}", sent_at_ms)


def a_run(run_at_ms: int) -> DueSchedule:
    return DueSchedule(TRIGGER.account_id, TRIGGER.function_id, TRIGGER.trigger_id, run_at_ms)


def take(queue: SqliteExecutionQueue, *in_hand: str) -> Waiting:
    waiting = queue.next(Turn(in_hand))
    assert waiting is not None
    return waiting


def take_all(queue: SqliteExecutionQueue) -> list[Waiting]:
    taken: list[Waiting] = []
    while waiting := queue.next(Turn([before.id for before in taken])):
        taken.append(waiting)
    return taken


def test_messages_of_every_kind_come_out_when_they_are_due(queue: SqliteExecutionQueue) -> None:
    unsettled = ReconcileTrigger(TRIGGER, NOW_MS)
    queue.send(unsettled, 60)
    queue.schedule(a_run(NOW_MS + 30_000))
    queue.send(a_message(2), 90)
    queue.send(a_message(1))

    first, second, third, fourth = take_all(queue)

    assert first == Waiting(a_message(1).execution_id, a_message(1), NOW_MS, ACCOUNT)
    assert second == Waiting(TRIGGER.trigger_id, a_run(NOW_MS + 30_000), NOW_MS + 30_000, ACCOUNT)
    assert (third.message, third.due_at_ms) == (unsettled, NOW_MS + 60_000)
    assert (fourth.message, fourth.due_at_ms) == (a_message(2), NOW_MS + 90_000)


def test_each_sending_of_a_trigger_is_a_message_of_its_own(queue: SqliteExecutionQueue) -> None:
    for _ in range(3):
        queue.send(ReconcileTrigger(TRIGGER, NOW_MS))

    queue.forget(take(queue))

    left = take_all(queue)
    assert [waiting.message for waiting in left] == [ReconcileTrigger(TRIGGER, NOW_MS)] * 2


def test_an_execution_that_is_sent_once_more_comes_out_once_more(
    queue: SqliteExecutionQueue,
) -> None:
    queue.send(a_message())
    queue.retry_later(take(queue), NOW_MS + 9)

    queue.send(a_message(sent_at_ms=NOW_MS + 5))

    [waiting] = take_all(queue)
    assert (waiting.message, waiting.received) == (a_message(sent_at_ms=NOW_MS + 5), 0)


def test_a_dead_letter_that_is_sent_once_more_lives_again(queue: SqliteExecutionQueue) -> None:
    queue.send(a_message())
    queue.send_to_dlq(take(queue), NOW_MS + 7)
    [letter] = queue.dead(9)
    assert letter == Waiting(a_message().execution_id, a_message(), NOW_MS + 7, ACCOUNT, dead=True)
    assert queue.next() is None

    queue.send(a_message(sent_at_ms=NOW_MS + 7))
    queue.forget(letter)

    assert take(queue).message == a_message(sent_at_ms=NOW_MS + 7)
    assert queue.dead(9) == []


def test_dead_letters_come_the_oldest_first_and_can_be_let_go_of(
    queue: SqliteExecutionQueue,
) -> None:
    for number in (1, 2, 3):
        queue.send(a_message(number))
        queue.send_to_dlq(take(queue), NOW_MS - number)

    queue.forget(queue.dead(1)[0])

    assert [letter.message for letter in queue.dead(9)] == [a_message(2), a_message(1)]


ACTS: dict[str, Callable[[SqliteExecutionQueue, Waiting], None]] = {
    "forgotten": lambda queue, taken: queue.forget(taken),
    "put off": lambda queue, taken: queue.retry_later(taken, NOW_MS + 10**9),
    "sent to the callbacks": lambda queue, taken: queue.send_to_callbacks(taken, NOW_MS),
    "sent to the DLQ": lambda queue, taken: queue.send_to_dlq(taken, NOW_MS),
    "run once more": lambda queue, taken: queue.reschedule(taken, a_run(NOW_MS + 10**9)),
}
each_act = pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)


@each_act
def test_what_is_sent_while_it_is_in_hand_stays(
    queue: SqliteExecutionQueue, act: Callable[[SqliteExecutionQueue, Waiting], None]
) -> None:
    queue.send(a_message())
    taken = take(queue)
    queue.send(a_message(sent_at_ms=NOW_MS + 1))

    act(queue, taken)

    assert take_all(queue) == [
        Waiting(taken.id, a_message(sent_at_ms=NOW_MS + 1), NOW_MS + 1, ACCOUNT),
    ]
    assert queue.dead(9) == []


@each_act
def test_a_schedule_that_changes_while_its_run_is_in_hand_stays_as_it_is_now(
    queue: SqliteExecutionQueue, act: Callable[[SqliteExecutionQueue, Waiting], None]
) -> None:
    queue.schedule(a_run(NOW_MS))
    taken = take(queue)
    queue.schedule(a_run(NOW_MS + 60_000))

    act(queue, taken)

    assert queue.scheduled(TRIGGER.trigger_id) == a_run(NOW_MS + 60_000)
    assert take(queue).due_at_ms == NOW_MS + 60_000


@each_act
def test_a_schedule_that_goes_while_its_run_is_in_hand_is_gone(
    queue: SqliteExecutionQueue, act: Callable[[SqliteExecutionQueue, Waiting], None]
) -> None:
    queue.schedule(a_run(NOW_MS))
    taken = take(queue)
    queue.unschedule(TRIGGER.trigger_id)

    act(queue, taken)

    assert queue.next() is None
    assert queue.dead(9) == []


def test_a_trigger_waits_for_one_run(queue: SqliteExecutionQueue) -> None:
    assert queue.scheduled(TRIGGER.trigger_id) is None

    for run_at_ms in (NOW_MS + 9, NOW_MS + 5):
        queue.schedule(a_run(run_at_ms))

    assert queue.scheduled(TRIGGER.trigger_id) == a_run(NOW_MS + 5)
    assert [waiting.due_at_ms for waiting in take_all(queue)] == [NOW_MS + 5]

    queue.unschedule(TRIGGER.trigger_id)
    queue.unschedule(TRIGGER.trigger_id)

    assert queue.scheduled(TRIGGER.trigger_id) is None


def test_a_run_that_is_late_is_still_the_run_of_its_time(queue: SqliteExecutionQueue) -> None:
    queue.schedule(a_run(NOW_MS))
    queue.retry_later(take(queue), NOW_MS + 500)

    late = take(queue)
    queue.reschedule(late, a_run(NOW_MS + 60_000))
    queue.forget(late)

    assert late == Waiting(TRIGGER.trigger_id, a_run(NOW_MS), NOW_MS + 500, ACCOUNT, 1)
    assert take_all(queue) == [
        Waiting(TRIGGER.trigger_id, a_run(NOW_MS + 60_000), NOW_MS + 60_000, ACCOUNT)
    ]


def test_who_waits_hears_of_what_is_sent_and_scheduled(queue: SqliteExecutionQueue) -> None:
    queue.send(a_message())
    is_sent = queue.sent.is_set()
    queue.sent.clear()

    queue.schedule(a_run(NOW_MS))

    assert is_sent
    assert queue.sent.is_set()


def test_a_message_that_cannot_be_read_is_taken_for_what_it_is(
    queue: SqliteExecutionQueue,
) -> None:
    body = '{"execution": "of another version"}'
    with queue.database.writing() as connection:
        row = ("e" * 32, body, ACCOUNT)
        connection.execute("INSERT INTO queue VALUES (?, ?, 0, 0, 0, ?, 0)", row)

    waiting = queue.next()

    assert waiting is not None
    assert waiting.message == Unread()


def in_turn(queue: SqliteExecutionQueue, now_ms: int, share: int = 99) -> list[QueuedExecution]:
    """Take the messages that are due, in turn, and keep them in hand."""
    taken: list[Waiting] = []
    latest = ""
    while True:
        tenants = [waiting.tenant for waiting in taken]
        full = [tenant for tenant in set(tenants) if tenants.count(tenant) >= share]
        waiting = queue.next(Turn([each.id for each in taken], full, latest), now_ms)
        if waiting is None or waiting.due_at_ms > now_ms:
            break
        taken.append(waiting)
        latest = waiting.tenant
    return [each.message for each in taken if isinstance(each.message, QueuedExecution)]


def test_tenants_take_turns_whatever_each_has_sent_before(queue: SqliteExecutionQueue) -> None:
    many = [a_message(number, NOW_MS + number) for number in range(5)]
    third, fourth = (a_message(n, NOW_MS + 9, str(n)[0] * 32) for n in (30, 40))
    others = [a_message(number, NOW_MS + number, OTHER) for number in (10, 11)]
    for message in (*many, *others, third, fourth):
        queue.send(message)

    # By the ids of the tenants: 3…, 4…, a…, b….
    assert in_turn(queue, NOW_MS + 100) == [
        *(third, fourth, many[0], others[0]),
        *(many[1], others[1]),
        *many[2:],
    ]


def test_an_account_and_those_below_it_have_one_turn_together(
    queue: SqliteExecutionQueue,
) -> None:
    own, below = a_message(1), a_message(2, account_id=BELOW)
    others = [a_message(number, account_id=OTHER) for number in (3, 4)]
    for message in (own, below, *others):
        queue.send(message)

    assert in_turn(queue, NOW_MS) == [own, others[0], below, others[1]]


def test_a_tenant_that_has_its_share_in_hand_gets_no_turn(queue: SqliteExecutionQueue) -> None:
    for number in range(9):
        queue.send(a_message(number, account_id=OTHER if number == 8 else ACCOUNT))

    taken = in_turn(queue, NOW_MS, share=2)

    assert taken == [a_message(0), a_message(8, account_id=OTHER), a_message(1)]


def test_what_is_not_due_takes_no_turn_from_what_is(queue: SqliteExecutionQueue) -> None:
    later, now = a_message(1, NOW_MS + 50), a_message(2, NOW_MS, OTHER)
    queue.send(later)
    queue.send(now)
    behind = Turn(latest=OTHER)

    found = queue.next(behind, NOW_MS + 49), queue.next(behind, NOW_MS + 50)

    assert [waiting and waiting.message for waiting in found] == [now, later]


def test_callbacks_wait_apart_from_executions(queue: SqliteExecutionQueue) -> None:
    queue.send(a_message(1))
    queue.send(a_message(2))
    queue.retry_later(take(queue), NOW_MS)
    queue.sent_to_callbacks.clear()

    queue.send_to_callbacks(take(queue), NOW_MS + 3)

    assert queue.sent_to_callbacks.is_set()
    assert take_all(queue) == [Waiting(a_message(2).execution_id, a_message(2), NOW_MS, ACCOUNT)]
    called_back = queue.next(callbacks=True)
    assert called_back == Waiting(
        a_message(1).execution_id, a_message(1), NOW_MS + 3, ACCOUNT, callback=True
    )


def test_an_execution_that_is_redriven_has_no_callback_to_wait_for(
    queue: SqliteExecutionQueue,
) -> None:
    queue.send(a_message())
    queue.send_to_callbacks(take(queue), NOW_MS)
    taken = queue.next(callbacks=True)
    assert taken is not None

    queue.send(a_message())
    queue.forget(taken)

    assert take(queue).message == a_message()
    assert queue.next(callbacks=True) is None


def test_the_next_message_costs_no_more_where_a_tenant_has_a_thousand(
    queue: SqliteExecutionQueue,
) -> None:
    queue.send(a_message(0, account_id=OTHER))
    queue.send(a_message(1))
    few = steps(queue)
    for number in range(2, 1_000):
        queue.send(a_message(number, NOW_MS + number))

    assert steps(queue) == few


def steps(queue: SqliteExecutionQueue) -> int:
    """Return how many instructions SQLite executes to find the next message."""
    counted = 0

    def count() -> None:
        nonlocal counted
        counted += 1

    with queue.database.connection() as connection:
        connection.set_progress_handler(count, 1)
    queue.next(now_ms=NOW_MS * 2)
    with queue.database.connection() as connection:
        connection.set_progress_handler(None, 1)
    return counted


def test_the_oldest_message_is_as_old_as_it_is_due(queue: SqliteExecutionQueue) -> None:
    assert queue.oldest_ms(NOW_MS) == 0
    queue.send(a_message(1, NOW_MS + 5_000))
    queue.send(a_message(2, NOW_MS + 7_000, OTHER))

    assert queue.oldest_ms(NOW_MS) == 0  # none is due yet
    assert queue.oldest_ms(NOW_MS + 8_000) == 3_000


def test_a_callback_that_waits_is_as_old_as_it_is_due(queue: SqliteExecutionQueue) -> None:
    queue.send(a_message(1))
    queue.send_to_callbacks(take(queue), NOW_MS + 1_000)
    queue.send(a_message(2, NOW_MS + 2_000))

    assert queue.oldest_ms(NOW_MS + 2_500) == 1_500


def test_what_is_dead_or_done_has_no_age(queue: SqliteExecutionQueue) -> None:
    queue.send(a_message(1))
    queue.send_to_dlq(take(queue), NOW_MS)
    queue.send(a_message(2))
    queue.forget(take(queue))

    assert queue.oldest_ms(NOW_MS + 60_000) == 0


def test_messages_that_are_due_are_counted_without_those_of_later_and_the_dead(
    queue: SqliteExecutionQueue,
) -> None:
    queue.send(a_message(1))
    queue.send_to_dlq(take(queue), NOW_MS)
    queue.send(a_message(2))
    queue.send_to_callbacks(take(queue), NOW_MS)
    queue.send(a_message(3, NOW_MS, OTHER))
    queue.send(a_message(4, NOW_MS + 5_000))

    assert queue.due(NOW_MS)[0] == 2
    assert queue.due(NOW_MS + 5_000)[0] == 3


def test_each_tenant_has_one_head_however_much_it_sent(queue: SqliteExecutionQueue) -> None:
    for number in range(20):
        queue.send(a_message(number, NOW_MS + number, ACCOUNT if number % 2 else OTHER))

    heads = queue.heads(NOW_MS + 60_000)

    assert [head.due_at_ms for head in heads] == [NOW_MS, NOW_MS + 1]
