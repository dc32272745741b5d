"""Dead letters: what failed for good is attempted again, and nothing is lost on the way."""

from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import cast

import pytest

from isolambda_core.adapters.codecs.messages import dump_message
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.executions.records import (
    CallbackStatus,
    Status,
)
from isolambda_core.domain.queue.dead_letters import (
    DeadLetter,
    Redrive,
)
from isolambda_core.domain.queue.messages import (
    Acknowledge,
    QueuedExecution,
    ReconcileTrigger,
    SendToDlq,
)
from isolambda_core.domain.triggers.triggers import (
    TriggerRef,
    TriggerType,
)
from isolambda_core.ports.executions import RecordRepository
from isolambda_core.services.queue.dead_letters import DeadLetterService
from isolambda_local.sqlite.dead_letters import SqliteDeadLetters
from tests.support.faults import (
    Fault,
    KilledError,
)
from tests.support.samples import ACCOUNT, FAILED, FUNCTION, OK, Keep
from tests.support.services import Machine

UNSETTLED = ReconcileTrigger(TriggerRef(ACCOUNT, FUNCTION, "7" * 32, TriggerType.EVENT), 5)
EVENT: Document = {"isolambda": "event", "event": {"id": "1"}}
STEPS = ("records.get", "records.replace", "queue.send", "letters.remove")


@dataclass
class SomeLetters:
    """Letters of any kind."""

    letters: list[DeadLetter]

    def list(self, limit: int) -> list[DeadLetter]:
        return self.letters[:limit]

    def remove(self, letter: DeadLetter) -> None:
        self.letters.remove(letter)


@dataclass
class Dispatcher:
    """Notes each event."""

    events: list[Document] = field(default_factory=list)

    def invoke(self, event: Document) -> None:
        self.events.append(event)


@pytest.fixture
def dispatcher() -> Dispatcher:
    return Dispatcher()


@pytest.fixture
def service(machine: Machine, dispatcher: Dispatcher) -> DeadLetterService:
    store = machine.store
    letters = SqliteDeadLetters(store.queue)
    return DeadLetterService(
        letters,
        machine.services.records,
        store.triggers,
        store.queue,
        dispatcher.invoke,
        machine.clock,
    )


def a_dead_letter(machine: Machine, keep: Keep) -> QueuedExecution:
    """Have an execution fail for good, and return its message, which is among the dead."""
    keep(attempts=2)
    machine.executor.ends(FAILED, FAILED, OK)
    message = machine.submit(callback_url="https://callback.test/ended")
    assert machine.perform_all(message)[-1] == SendToDlq()
    waiting = machine.store.queue.next()
    assert waiting is not None
    machine.store.queue.send_to_dlq(waiting, machine.clock.now_ms())
    return message


def redrive_all(service: DeadLetterService) -> list[Redrive]:
    return [service.redrive(letter) for letter, _ in service.list()]


def test_letters_are_listed_with_the_record_of_their_execution(
    machine: Machine, keep: Keep, service: DeadLetterService
) -> None:
    message = a_dead_letter(machine, keep)

    [(letter, record)] = service.list()

    assert (letter.message, letter.died_at_ms) == (message, machine.clock.now_ms())
    assert record == machine.found(message)


def test_what_is_redriven_is_attempted_from_the_start_and_called_back(
    machine: Machine, keep: Keep, service: DeadLetterService
) -> None:
    message = a_dead_letter(machine, keep)
    machine.clock.time_ms += 24 * 3_600_000

    assert redrive_all(service) == [Redrive.REDRIVEN]

    waiting = machine.store.queue.next()
    assert waiting is not None
    assert waiting.message == replace(message, sent_at_ms=machine.clock.now_ms())
    assert list(service.list()) == []
    record = machine.found(message)
    assert (record.status, record.attempts, record.ended_at_ms) == (Status.QUEUED, 0, None)
    assert machine.perform(message, 1) == Acknowledge()
    record = machine.found(message)
    assert (record.status, record.attempts) == (Status.SUCCEEDED, 1)
    assert record.callback is not None
    assert record.callback.status is CallbackStatus.DELIVERED
    assert len(machine.callbacks.posted) == 2


def test_what_was_too_old_is_attempted_all_the_same(
    machine: Machine, keep: Keep, service: DeadLetterService
) -> None:
    message = a_dead_letter(machine, keep)
    record = machine.found(message)
    expired = replace(record, give_up_at_ms=1, revision=record.revision + 1)
    machine.store.records.replace(expired, record.revision)

    redrive_all(service)

    assert machine.perform(message, 1) == Acknowledge()
    assert machine.found(message).status is Status.SUCCEEDED


def test_what_succeeded_in_between_is_let_go_of(
    machine: Machine, keep: Keep, service: DeadLetterService
) -> None:
    message = a_dead_letter(machine, keep)
    [(letter, _)] = service.list()
    service.redrive(letter)
    machine.perform(message, 1)
    machine.store.queue.add_dead_letter(dump_message(message), 5)

    assert redrive_all(service) == [Redrive.NEEDLESS]

    assert list(service.list()) == []
    assert machine.found(message).attempts == 1


def test_what_is_being_attempted_is_left_as_it_is(
    machine: Machine, keep: Keep, service: DeadLetterService
) -> None:
    message = a_dead_letter(machine, keep)
    record = machine.found(message)
    running = record.redriven().begun(machine.clock.now_ms())
    machine.store.records.replace(running, record.revision)

    assert redrive_all(service) == [Redrive.REDRIVEN]

    assert machine.found(message) == running


def test_what_has_no_record_any_more_stays(
    machine: Machine, keep: Keep, service: DeadLetterService
) -> None:
    a_dead_letter(machine, keep)
    machine.store.records.remove_all(ACCOUNT, FUNCTION)

    assert redrive_all(service) == [Redrive.EXPIRED]
    assert [record for _, record in service.list()] == [None]


def test_a_trigger_is_settled_again_and_an_event_goes_to_the_dispatcher(
    machine: Machine, service: DeadLetterService, dispatcher: Dispatcher
) -> None:
    letters = SomeLetters([DeadLetter("1", 1, UNSETTLED), DeadLetter("2", 2, event=EVENT)])

    assert redrive_all(replace(service, letters=letters)) == [Redrive.REDRIVEN] * 2

    waiting = machine.store.queue.next()
    assert waiting is not None
    assert waiting.message == replace(UNSETTLED, sent_at_ms=machine.clock.now_ms())
    assert dispatcher.events == [EVENT]
    assert letters.letters == []


def test_an_event_that_the_dispatcher_does_not_take_stays(
    service: DeadLetterService,
) -> None:
    def refuse(_: Document) -> None:
        raise StoreUnavailableError

    letters = SomeLetters([DeadLetter("1", 1, event=EVENT)])
    refusing = replace(service, letters=letters, invoke=refuse)

    with pytest.raises(StoreUnavailableError):
        redrive_all(refusing)

    assert len(letters.letters) == 1


def test_what_is_none_of_ours_stays(service: DeadLetterService) -> None:
    letters = SomeLetters([DeadLetter("1", 1, reason="from the queue of somebody")])

    assert redrive_all(replace(service, letters=letters)) == [Redrive.IMPOSSIBLE]
    assert len(letters.letters) == 1


def test_of_two_that_redrive_the_same_one_gives_way(
    machine: Machine, keep: Keep, service: DeadLetterService
) -> None:
    message = a_dead_letter(machine, keep)
    stale = machine.found(message)
    [(letter, _)] = service.list()
    service.redrive(letter)

    class Stale:
        def get(self, *_: str) -> object:
            return stale

        replace = machine.store.records.replace

    records = replace(service.records, records=cast("RecordRepository", Stale()))
    late = replace(service, records=records)

    assert late.redrive(letter) is Redrive.BUSY
    assert machine.found(message).revision == stale.revision + 1


def test_an_execution_is_redriven_by_these_steps(
    machine: Machine, keep: Keep, service: DeadLetterService
) -> None:
    a_dead_letter(machine, keep)
    [(letter, _)] = service.list()
    uneventful = Fault()

    hindered(service, uneventful).redrive(letter)

    assert tuple(uneventful.steps) == STEPS


@pytest.mark.parametrize("at", range(len(STEPS)), ids=STEPS)
@pytest.mark.parametrize("error", [StoreUnavailableError, KilledError])
@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("comes_out", ["at once", "later"])
def test_whatever_happens_at_a_step_it_can_be_redriven_and_is_executed_once(
    machine: Machine,
    keep: Keep,
    service: DeadLetterService,
    at: int,
    error: type[BaseException],
    comes_out: str,
    *,
    late: bool,
) -> None:
    message = a_dead_letter(machine, keep)
    [(letter, _)] = service.list()

    with suppress(error):
        hindered(service, Fault(error, at, late)).redrive(letter)
    if comes_out == "at once":
        perform_waiting(machine)
    redrive_all(service)
    perform_waiting(machine)

    assert list(service.list()) == []
    assert machine.store.queue.next() is None
    record = machine.found(message)
    assert (record.status, record.attempts) == (Status.SUCCEEDED, 1)
    assert len(machine.executor.requests) == 3  # two that failed, and this one


def hindered(service: DeadLetterService, fault: Fault) -> DeadLetterService:
    records = service.records
    return replace(
        service,
        letters=fault.on("letters", service.letters),
        records=replace(records, records=fault.on("records", records.records)),
        queue=fault.on("queue", service.queue),
    )


def perform_waiting(machine: Machine) -> None:
    while (waiting := machine.store.queue.next()) is not None:
        assert isinstance(waiting.message, QueuedExecution)
        assert machine.perform(waiting.message, 1) == Acknowledge()
        machine.store.queue.forget(waiting)


@pytest.mark.parametrize("removed", [False, True], ids=["disabled", "gone"])
def test_an_event_that_its_trigger_does_not_want_stays(
    machine: Machine, keep: Keep, service: DeadLetterService, dispatcher: Dispatcher, removed: bool
) -> None:
    keep()
    document: Document = {"name": "n", "type": "webhook", "enabled": False}
    trigger = machine.services.triggers.create(ACCOUNT, FUNCTION, document)
    event = {
        **EVENT,
        "account_id": ACCOUNT,
        "function_id": FUNCTION,
        "trigger_id": "7" * 32 if removed else trigger.id,
    }
    letters = SomeLetters([DeadLetter("1", 1, event=event)])

    assert redrive_all(replace(service, letters=letters)) == [Redrive.UNWANTED]

    assert (dispatcher.events, len(letters.letters)) == ([], 1)
