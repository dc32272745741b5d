"""The threads that perform what is queued on one machine."""

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from threading import Event
from typing import cast

import pytest
from typing_extensions import override

from isolambda_core.adapters.clock import SystemClock
from isolambda_core.domain.correlation import correlate, request_filter
from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.limits import CALLBACKS_OF_TENANT
from isolambda_core.domain.queue.messages import (
    Acknowledge,
    Disposition,
    QueuedExecution,
    Retry,
    SendToCallbacks,
    SendToDlq,
)
from isolambda_local.dispatcher import MessageHandlers, dispatching
from isolambda_local.sqlite import SqliteStore, open_store
from isolambda_local.sqlite.queue import SqliteExecutionQueue, Turn, Waiting

_WAIT_S = 30.0
FIRST_TURN = Turn()


@dataclass
class Performer:
    """Notes what it is to perform, waits to be let go on, and answers as scripted.

    A callback waits until it is ``answered``.

    ``looked`` gets something at each look into the folders, the first of which end in ``faults``.
    """

    dispositions: dict[str, list[Disposition | Exception]] = field(default_factory=dict)
    begun: Queue[tuple[str, int]] = field(default_factory=Queue)
    go_on: Event = field(default_factory=Event)
    called_back: Queue[str] = field(default_factory=Queue)
    answered: Event = field(default_factory=Event)
    looked: Queue[None] = field(default_factory=Queue)
    faults: list[Exception] = field(default_factory=list)

    def perform(self, taken: Waiting) -> Disposition:
        self.begun.put((taken.id, taken.received + 1))
        assert self.go_on.wait(_WAIT_S)
        disposition = self.dispositions.get(taken.id, [Acknowledge()]).pop(0)
        if isinstance(disposition, Exception):
            raise disposition
        return disposition

    def call_back(self, taken: Waiting) -> Disposition:
        self.called_back.put(taken.id)
        assert self.answered.wait(_WAIT_S)
        return Acknowledge()

    def look(self) -> None:
        self.looked.put(None)
        if self.faults:
            raise self.faults.pop()


@dataclass(frozen=True, slots=True)
class DoneWhileRead(SqliteExecutionQueue):
    """A queue, of which the first message is done after the second look has read it."""

    go_on: Event = field(default_factory=Event)
    looks: Queue[None] = field(default_factory=Queue)
    forgotten: Event = field(default_factory=Event)

    @override
    def next(
        self, turn: Turn = FIRST_TURN, now_ms: int = 0, *, callbacks: bool = False
    ) -> Waiting | None:
        found = SqliteExecutionQueue.next(self, turn, now_ms, callbacks=callbacks)
        if callbacks:
            return found
        self.looks.put(None)
        if self.looks.qsize() == 2:
            self.go_on.set()
            assert self.forgotten.wait(_WAIT_S)
        return found

    @override
    def forget(self, taken: Waiting) -> None:
        SqliteExecutionQueue.forget(self, taken)
        self.forgotten.set()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with closing(open_store(tmp_path / "queue.sqlite3")) as opened:
        yield opened


@pytest.fixture
def start(
    store: SqliteStore, tmp_path: Path
) -> Callable[[Performer, int], AbstractContextManager[None]]:
    def start(performer: Performer, threads: int = 1) -> AbstractContextManager[None]:
        handlers = cast("MessageHandlers", performer)
        return dispatching(store.queue, handlers, SystemClock(), tmp_path, threads)

    return start


Start = Callable[..., AbstractContextManager[None]]


def a_message(number: int, account_id: str = "a" * 32) -> QueuedExecution:
    return QueuedExecution(account_id, "f" * 32, f"{number:032x}", number)


def of_another(number: int) -> QueuedExecution:
    """Return a message of a tenant of its own."""
    return a_message(number, f"{number:032x}")


def performed(performer: Performer, count: int) -> list[tuple[str, int]]:
    return [performer.begun.get(timeout=_WAIT_S) for _ in range(count)]


def test_what_was_sent_is_performed_and_forgotten(store: SqliteStore, start: Start) -> None:
    performer = Performer()
    performer.go_on.set()
    store.queue.send(a_message(2))
    store.queue.send(a_message(1))

    with start(performer):
        before = performed(performer, 2)
        store.queue.send(a_message(3))
        after = performed(performer, 1)

    assert [*before, *after] == [(a_message(number).execution_id, 1) for number in (1, 2, 3)]
    assert store.queue.next() is None
    assert store.queue.dead(9) == []


def test_each_message_that_is_done_put_off_or_given_up_is_a_line(
    store: SqliteStore, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    done, given_up = a_message(1), a_message(2)
    performer = Performer(
        {done.execution_id: [Retry(0.01), Acknowledge()], given_up.execution_id: [SendToDlq()]}
    )
    performer.go_on.set()
    store.queue.send(done)
    store.queue.send(given_up)

    with caplog.at_level(logging.INFO), start(performer):
        performed(performer, 3)

    lines = [vars(record) for record in caplog.records if "disposition" in vars(record)]
    names = ("levelname", "account_id", "execution_id", "disposition", "receive_count")
    ids = (done.account_id, done.execution_id)
    assert sorted(tuple(line[name] for name in names) for line in lines) == [
        ("INFO", *ids, "again", 1),
        ("INFO", *ids, "done", 2),
        ("WARNING", given_up.account_id, given_up.execution_id, "dead", 1),
    ]


def test_no_line_of_a_message_has_the_request_of_another(
    store: SqliteStore, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    class Correlating(Performer):
        @override
        def perform(self, taken: Waiting) -> Disposition:
            if taken.message == a_message(1):
                correlate("r-1")
            return super().perform(taken)

    performer = Correlating()
    performer.go_on.set()
    store.queue.send(a_message(1))
    store.queue.send(a_message(2))

    caplog.handler.addFilter(request_filter(lambda: logging.INFO))
    with caplog.at_level(logging.INFO), start(performer):
        performed(performer, 2)

    lines = [vars(record) for record in caplog.records if "disposition" in vars(record)]
    assert [line["correlation_id"] for line in lines] == ["r-1", None]


def test_what_is_to_come_again_does_and_counts(store: SqliteStore, start: Start) -> None:
    message = a_message(1)
    again = Retry(0.01)
    performer = Performer({message.execution_id: [again, again, SendToDlq()]})
    performer.go_on.set()
    store.queue.send(message)

    with start(performer):
        came = performed(performer, 3)

    assert [received for _, received in came] == [1, 2, 3]
    assert store.queue.next() is None
    assert [letter.message for letter in store.queue.dead(9)] == [message]


def test_what_is_due_later_is_left_until_then(store: SqliteStore, start: Start) -> None:
    late, soon = a_message(1), a_message(2)
    performer = Performer({late.execution_id: [Retry(3_600)]})
    performer.go_on.set()
    store.queue.send(late)

    with start(performer):
        first = performed(performer, 1)
        store.queue.send(soon)
        second = performed(performer, 1)

    waiting = store.queue.next()
    assert [first, second] == [[(late.execution_id, 1)], [(soon.execution_id, 1)]]
    assert waiting is not None
    assert (waiting.message, waiting.received) == (late, 1)
    assert waiting.due_at_ms > SystemClock().now_ms()


def test_a_message_is_in_one_hand_and_there_are_as_many_hands_as_threads(
    store: SqliteStore, start: Start
) -> None:
    performer = Performer()
    for number in range(3):
        store.queue.send(of_another(number))

    with start(performer, 2):
        at_once = performed(performer, 2)
        none_yet = performer.begun.empty()
        performer.go_on.set()
        last = performed(performer, 1)

    assert none_yet
    assert sorted([*at_once, *last]) == [(a_message(n).execution_id, 1) for n in range(3)]


def test_a_message_that_is_done_while_the_queue_is_read_does_not_come_again(
    store: SqliteStore, tmp_path: Path
) -> None:
    performer = Performer()
    queue = DoneWhileRead(store.database, str, go_on=performer.go_on)
    for number in range(2):
        queue.send(of_another(number))

    with dispatching(queue, cast("MessageHandlers", performer), SystemClock(), tmp_path, 2):
        came = performed(performer, 2)

    assert sorted(came) == [(a_message(number).execution_id, 1) for number in range(2)]
    assert performer.begun.empty()


def test_an_execution_comes_next_however_many_another_tenant_has_queued_before(
    store: SqliteStore, start: Start
) -> None:
    performer = Performer()
    for number in range(1, 101):
        store.queue.send(a_message(number))

    with start(performer, 1):
        under_way = performed(performer, 1)
        store.queue.send(of_another(1_000))
        performer.go_on.set()
        following = performed(performer, 2)

    assert under_way == [(a_message(1).execution_id, 1)]
    assert following == [(of_another(1_000).execution_id, 1), (a_message(2).execution_id, 1)]


@pytest.mark.parametrize(("threads", "share"), [(1, 1), (2, 1), (3, 2), (7, 4)])
def test_one_tenant_has_half_of_the_threads(
    store: SqliteStore, start: Start, threads: int, share: int
) -> None:
    performer = Performer()
    for number in range(1, 10):
        store.queue.send(a_message(number))

    with start(performer, threads):
        own = performed(performer, share)
        store.queue.send(of_another(1_000))
        others = performed(performer, 1) if threads > share else []
        more = performer.begun.qsize()
        performer.go_on.set()

    assert own == [(a_message(number).execution_id, 1) for number in range(1, share + 1)]
    assert others == [(of_another(1_000).execution_id, 1)] * (threads > share)
    assert more == 0


def test_callbacks_that_are_not_answered_hold_up_no_other_tenant_and_no_execution(
    store: SqliteStore, start: Start
) -> None:
    unanswered = [a_message(number) for number in range(1, 10)]
    other, execution = of_another(1_000), a_message(2_000)
    performer = Performer({message.execution_id: [SendToCallbacks()] for message in unanswered})
    performer.dispositions[other.execution_id] = [SendToCallbacks()]
    performer.go_on.set()
    for message in unanswered:
        store.queue.send(message)

    with start(performer, 1):
        performed(performer, len(unanswered))
        called = [performer.called_back.get(timeout=_WAIT_S) for _ in range(CALLBACKS_OF_TENANT)]
        store.queue.send(other)
        called_next = performer.called_back.get(timeout=_WAIT_S)
        store.queue.send(execution)
        performed(performer, 2)
        more = performer.called_back.qsize()
        performer.answered.set()
        left = [
            performer.called_back.get(timeout=_WAIT_S)
            for _ in range(len(unanswered) - CALLBACKS_OF_TENANT)
        ]

    assert called_next == other.execution_id
    assert more == 0
    assert sorted([*called, *left]) == [message.execution_id for message in unanswered]
    assert store.queue.next(callbacks=True) is None


def test_a_callback_that_was_cut_off_is_made_in_the_next_process(
    store: SqliteStore, start: Start
) -> None:
    message = a_message(1)
    store.queue.send(message)
    taken = store.queue.next()
    assert taken is not None
    store.queue.send_to_callbacks(taken, 1)
    performer = Performer()
    performer.answered.set()

    with start(performer):
        called = performer.called_back.get(timeout=_WAIT_S)

    assert called == message.execution_id
    assert performer.begun.empty()


def test_a_message_stays_in_the_queue_until_it_is_done(store: SqliteStore, start: Start) -> None:
    performer = Performer()
    store.queue.send(a_message(1))

    with start(performer):
        performed(performer, 1)
        waiting = store.queue.next()
        performer.go_on.set()

    assert waiting is not None
    assert waiting.message == a_message(1)


def test_a_fault_costs_one_message_some_time_and_the_others_nothing(
    store: SqliteStore, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    performer = Performer({a_message(1).execution_id: [RuntimeError("a bug")]})
    performer.go_on.set()
    store.queue.send(a_message(1))
    store.queue.send(a_message(2))

    with caplog.at_level(logging.ERROR), start(performer):
        performed(performer, 2)

    waiting = store.queue.next()
    assert waiting is not None
    assert (waiting.message, waiting.received) == (a_message(1), 1)
    assert f"{a_message(1).execution_id}: it could not be performed" in caplog.text


def test_one_process_performs_and_the_next_takes_over(store: SqliteStore, start: Start) -> None:
    first, second = Performer(), Performer()
    second.go_on.set()
    store.queue.send(a_message(1))

    with start(first):
        performed(first, 1)
        with start(second):
            store.queue.send(a_message(2))
            none_yet = second.begun.empty()
            first.go_on.set()
            assert performed(first, 1) == [(a_message(2).execution_id, 1)]

    store.queue.send(a_message(3))
    with start(second):
        assert performed(second, 1) == [(a_message(3).execution_id, 1)]
    assert none_yet


@pytest.fixture
def _looking_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("isolambda_local.dispatcher.LOOK_AGAIN_S", 0.01)


@pytest.mark.usefixtures("_looking_often")
def test_whatever_goes_wrong_in_a_look_the_next_one_comes(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    performer = Performer(faults=[RuntimeError("a bug"), StoreUnavailableError()])

    with caplog.at_level(logging.WARNING), start(performer):
        for _ in range(3):
            performer.looked.get(timeout=_WAIT_S)

    foreseen, bug = caplog.records
    assert foreseen.getMessage() == "the folders could not be looked into: StoreUnavailable"
    assert foreseen.exc_info is None
    assert (bug.getMessage(), bug.exc_info is None) == (
        "the folders could not be looked into",
        False,
    )


@pytest.mark.usefixtures("_looking_often")
def test_one_process_looks_into_the_folders_and_the_next_takes_over(start: Start) -> None:
    first, second = Performer(), Performer()

    with start(first):
        first.looked.get(timeout=_WAIT_S)
        with start(second):
            first.looked.get(timeout=_WAIT_S)
            first.looked.get(timeout=_WAIT_S)
    none_before = second.looked.empty()
    with start(second):
        second.looked.get(timeout=_WAIT_S)

    assert none_before
