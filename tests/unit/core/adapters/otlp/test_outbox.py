"""What is sent to a collector waits in a queue, and nothing waits for it."""

import logging
from collections.abc import Sequence
from threading import Event

import pytest

from isolambda_core.adapters.otlp.log_handler import CollectorHandler
from isolambda_core.adapters.otlp.outbox import (
    BATCH_MAX,
    QUEUE_MAX,
    CollectorError,
    Item,
    Outbox,
)
from isolambda_core.domain.traces import LogEntry, Trace, under_way
from tests.support.waiting import WAIT_S

MORE = 100


def line(number: int = 0) -> LogEntry:
    return LogEntry(number, logging.INFO, "a line")


class HangingCollector:
    """Takes a batch once it is let go."""

    def __init__(self) -> None:
        self.batches: list[Sequence[Item]] = []
        self.is_asked, self.is_let_go = Event(), Event()

    def send(self, items: Sequence[Item]) -> None:
        self.is_asked.set()
        self.is_let_go.wait(WAIT_S)
        self.batches.append(items)


def test_a_collector_that_hangs_lets_nothing_wait_and_what_is_dropped_is_counted() -> None:
    collector, dropped = HangingCollector(), list[int]()
    outbox = Outbox(collector.send, dropped.append)
    for number in range(BATCH_MAX):
        outbox.add(line(number))
    assert collector.is_asked.wait(WAIT_S)
    waiting = len(outbox._items)

    for number in range(QUEUE_MAX + MORE):
        outbox.add(line(number))

    assert sum(dropped) == waiting + MORE
    collector.is_let_go.set()
    outbox.close()
    sent = sum(map(len, collector.batches))
    assert sent + sum(dropped) == BATCH_MAX + QUEUE_MAX + MORE
    assert max(map(len, collector.batches)) == BATCH_MAX


def test_what_a_collector_refuses_is_dropped_and_counted_and_the_next_is_sent() -> None:
    taken, dropped = list[Item](), list[int]()
    refuses = [True]

    def send(items: Sequence[Item]) -> None:
        if refuses.pop() if refuses else False:
            raise OSError
        taken.extend(items)

    first = Outbox(send, dropped.append)
    first.add(line())
    first.close()
    second = Outbox(send, dropped.append)
    second.add(line())
    second.close()

    assert (len(taken), dropped) == (1, [1])


def test_what_a_collector_takes_of_a_batch_is_not_dropped_and_the_log_says_what_is(
    caplog: pytest.LogCaptureFixture,
) -> None:
    dropped = list[int]()

    def send(_: Sequence[Item]) -> None:
        raise CollectorError(1, "1 lines: it answered 404")

    outbox = Outbox(send, dropped.append)
    for number in range(3):
        outbox.add(line(number))
    outbox.close()

    assert set(dropped) == {1}
    assert caplog.messages == ["the collector did not take 1 lines: it answered 404"]


def test_what_comes_after_the_end_is_dropped() -> None:
    dropped = list[int]()
    outbox = Outbox(lambda _: None, dropped.append)
    outbox.close()

    outbox.add(line())

    assert dropped == [1]


def entries_of(**record: object) -> list[LogEntry]:
    entries: list[Item] = []
    CollectorHandler(entries.append).handle(logging.makeLogRecord(record))
    return [entry for entry in entries if isinstance(entry, LogEntry)]


def test_a_line_of_the_log_has_its_text_its_fields_and_the_request_under_way() -> None:
    trace = Trace("a" * 32)
    token = under_way.set(trace)

    [entry] = entries_of(
        name="isolambda_local.anything",
        levelno=logging.ERROR,
        msg="it %s",
        args=("failed",),
        exc_info=(ValueError, ValueError("INPUT-TEXT"), None),
        execution_id="e",
        long="x" * 10_000,
        object=object(),
    )

    under_way.reset(token)
    assert (entry.text, entry.level) == ("it failed", logging.ERROR)
    assert (entry.trace_id, entry.span_id) == ("a" * 32, trace.span_id)
    assert entry.attributes["execution_id"] == "e"
    assert entry.attributes["exception.type"] == "ValueError"
    assert len(str(entry.attributes["long"])) == 256
    assert "object" not in entry.attributes
    assert "INPUT-TEXT" not in str(entry)


def test_a_line_has_as_many_fields_and_characters_as_are_bounded() -> None:
    fields = {f"field_{number}": number for number in range(1_000)}

    [entry] = entries_of(name="a", msg="x" * 100_000, **fields)

    assert (len(entry.attributes), len(entry.text)) == (16, 4_096)


@pytest.mark.parametrize("name", ["urllib3.connectionpool", "isolambda_core.adapters.otlp.outbox"])
def test_lines_about_sending_are_not_sent(name: str) -> None:
    assert entries_of(name=name, msg="the collector took none") == []
