"""Operations go to the handler of their kind; the broker tells what no intact worker sends."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from queue import SimpleQueue
from threading import Event
from typing import Any

import pytest

from isolambda_core.domain.executions.execution import ExecutionRequest
from isolambda_core.domain.executions.reach import FetchRecord
from isolambda_core.domain.limits import OPERATIONS_AT_ONCE
from isolambda_executor.broker import Broker
from isolambda_executor.frames import BrokenPeerError
from isolambda_executor.handlers import (
    OperationEndedError,
    Reply,
    Scope,
    payload_of,
)
from isolambda_executor.operations import Fields, Operations

LONG_S = 60.0
REQUEST = ExecutionRequest("e" * 32, "a" * 32, "f" * 32, "1", "", b"null")
RECORD = FetchRecord("GET", "api.example.com", 200, None, 0, 2, 7)


@dataclass
class Noted:
    """An operation that notes what is sent for it."""

    fields: Fields
    reply: Reply
    taken: list[Fields] = field(default_factory=list)
    abandoned: int = 0

    def take(self, fields: Fields) -> None:
        self.taken.append(fields)

    def abandon(self) -> None:
        self.abandoned += 1


@dataclass
class Notes:
    """A handler, its scope and its operations by number."""

    scope: Scope
    operations: dict[int, Noted] = field(default_factory=dict)

    def begin(self, id: int, fields: Fields, reply: Reply) -> Noted:  # noqa: A002 - its name
        operation = self.operations[id] = Noted(fields, reply)
        return operation


@dataclass
class Story:
    """The operations of one execution, and what reached its isolate."""

    broker: Broker
    handlers: list[Notes]
    sent: "SimpleQueue[tuple[Fields, bytes]]" = field(default_factory=SimpleQueue)
    operations: Operations = field(init=False)

    def __post_init__(self) -> None:
        self.operations = self.broker.open(REQUEST, 7.0, lambda *reply: self.sent.put(reply))

    def take(self, id: int, kind: str, **fields: Any) -> None:  # noqa: A002 - its name
        self.operations.take({"id": id, "kind": kind, **fields})

    def begun(self, id: int = 1) -> Noted:  # noqa: A002 - its name
        self.take(id, "note", of="it")
        return self.handlers[0].operations[id]


@pytest.fixture
def story() -> Iterator[Story]:
    handlers: list[Notes] = []

    def opens(scope: Scope) -> Notes:
        handlers.append(Notes(scope))
        return handlers[-1]

    with closing(Broker({"note": opens})) as broker:
        yield Story(broker, handlers)


def test_a_handler_is_opened_once_an_execution(story: Story) -> None:
    assert story.handlers == []

    story.take(1, "note")
    story.take(2, "note")

    assert [list(handler.operations) for handler in story.handlers] == [[1, 2]]
    assert story.handlers[0].scope.request is REQUEST
    assert story.handlers[0].scope.deadline == 7.0


def test_a_reply_carries_the_number_of_its_operation(story: Story) -> None:
    story.begun(5).reply({"id": 6, "head": 1}, b"bytes")

    assert story.sent.get(timeout=LONG_S) == ({"id": 5, "head": 1}, b"bytes")


def test_an_operation_takes_what_is_sent_for_it(story: Story) -> None:
    operation = story.begun()

    story.take(1, "send", credit=3)

    assert [fields["credit"] for fields in operation.taken] == [3]


def test_after_its_last_reply_an_operation_has_ended(story: Story) -> None:
    operation = story.begun()
    operation.reply({"end": True})

    story.take(1, "send", credit=3)
    story.take(1, "abandon")

    assert (operation.taken, operation.abandoned) == ([], 0)
    with pytest.raises(OperationEndedError):
        operation.reply({"chunk": True})


def test_an_abandoned_operation_sends_nothing(story: Story) -> None:
    operation = story.begun()

    story.take(1, "abandon")
    story.take(1, "abandon")

    assert operation.abandoned == 1
    with pytest.raises(OperationEndedError):
        operation.reply({"end": True})
    assert story.sent.empty()


def test_the_end_of_the_execution_abandons_what_is_left(story: Story) -> None:
    ended, left = story.begun(1), story.begun(2)
    ended.reply({"end": True})
    story.handlers[0].scope.fetches.append(RECORD)

    assert story.operations.close() == (RECORD,)

    assert (ended.abandoned, left.abandoned) == (0, 1)
    with pytest.raises(OperationEndedError):
        left.reply({"end": True})


def test_a_kind_without_a_handler_is_refused(story: Story) -> None:
    story.take(1, "teleport")

    fields, _ = story.sent.get(timeout=LONG_S)
    message = "operations of kind 'teleport' are not known"
    assert fields == {"id": 1, "end": True, "error": {"code": "refused", "message": message}}


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ({"kind": "note"}, "has no id"),
        ({"id": "2", "kind": "note"}, "its id is a text"),
        ({"id": True, "kind": "note"}, "its id is a boolean"),
        ({"id": 2.0, "kind": "note"}, "its id is a double"),
        ({"id": 0, "kind": "note"}, "its id is not positive"),
        ({"id": -1, "kind": "note"}, "its id is negative"),
        ({"id": 1, "kind": "note"}, "its id is another's"),
        ({"id": 2, "kind": "send"}, "goes on with what has not begun"),
        ({"id": 2, "kind": "abandon"}, "abandons what has not begun"),
        ({"id": 0, "kind": "abandon"}, "abandons what cannot begin"),
        ({"id": 2}, "has no kind"),
        ({"id": 2, "kind": 7}, "its kind is no text"),
    ],
)
def test_a_message_of_no_intact_worker_is_told(story: Story, message: Fields, why: str) -> None:
    story.begun(1)

    with pytest.raises(BrokenPeerError):
        story.operations.take(message)

    assert list(story.handlers[0].operations) == [1], why


def test_so_much_of_one_execution_is_performed_at_a_time(story: Story) -> None:
    story.begun()
    scope, go_on = story.handlers[0].scope, Event()
    begun: SimpleQueue[int] = SimpleQueue()

    def work(number: int) -> None:
        begun.put(number)
        assert go_on.wait(LONG_S)

    for number in range(OPERATIONS_AT_ONCE + 2):
        scope.perform(lambda number=number: work(number))  # type: ignore[misc]
    first = {begun.get(timeout=LONG_S) for _ in range(OPERATIONS_AT_ONCE)}

    assert first == set(range(OPERATIONS_AT_ONCE))
    assert begun.empty()
    go_on.set()
    rest = {begun.get(timeout=LONG_S), begun.get(timeout=LONG_S)}
    assert rest == {OPERATIONS_AT_ONCE, OPERATIONS_AT_ONCE + 1}


def test_work_that_fails_leaves_the_thread_to_others(
    story: Story, caplog: pytest.LogCaptureFixture
) -> None:
    story.begun()
    scope, done = story.handlers[0].scope, Event()

    for _ in range(OPERATIONS_AT_ONCE + 1):
        scope.perform(lambda: 1 / 0)  # type: ignore[arg-type]
    scope.perform(done.set)

    assert done.wait(LONG_S)
    assert "an operation failed" in caplog.text


def test_the_bytes_of_a_message_are_base64() -> None:
    assert payload_of({"bytes": "AP8="}) == b"\x00\xff"
    assert payload_of({}) == b""
    for text in ("AP8", "A P8=", "é", 7, None):
        with pytest.raises(BrokenPeerError):
            payload_of({"bytes": text})


@pytest.mark.parametrize(
    ("net", "ceiling", "decides"),
    [
        ((("a.test",),), None, (("a.test",),)),
        ((("a.test",),), (), (("a.test",), ())),
        ((("a.test",), ("*.b.test",)), ("c.test",), (("a.test",), ("*.b.test",), ("c.test",))),
        ((), ("c.test",), ()),  # the installation allows no more than the document
    ],
)
def test_the_list_of_the_installation_is_added_to_those_of_a_request(
    net: tuple[tuple[str, ...], ...],
    ceiling: tuple[str, ...] | None,
    decides: tuple[tuple[str, ...], ...],
) -> None:
    opened: list[Scope] = []

    def opens(scope: Scope) -> Notes:
        opened.append(scope)
        return Notes(scope)

    with closing(Broker({"note": opens}, net_ceiling=ceiling)) as broker:
        operations = broker.open(replace(REQUEST, net=net), 7.0, lambda *_: None)
        operations.take({"id": 1, "kind": "note"})

    assert [scope.request.net for scope in opened] == [decides]
