"""Executions that wait for shadows on one machine: bounded, in turn, and over at the end."""

from collections.abc import Iterator
from threading import Event, Thread

import pytest
from typing_extensions import override

from isolambda_core.domain.executions.execution import ExecutionResult, Outcome
from isolambda_core.domain.executions.operations import (
    RecordedOperation,
    RecordedOperations,
    RecordedReply,
)
from isolambda_core.domain.executions.records import ExecutionPayload, ExecutionRecord, Status
from isolambda_core.domain.functions.aliases import Alias, Shadow, Target
from isolambda_core.domain.limits import (
    MIB,
    SHADOWS_OF_ALIAS_WAITING,
    SHADOWS_WAITING,
    SHADOWS_WAITING_BYTES,
)
from isolambda_core.domain.shadows.shadowed import Shadowed
from isolambda_local.shadowing import shadowing
from isolambda_local.waiting_shadows import WaitingShadows

ACCOUNT, FUNCTION = "a" * 32, "f" * 32


def shadowed(number: int = 0, *, name: str = "live", payload: bytes = b"{}") -> Shadowed:
    alias = Alias(ACCOUNT, FUNCTION, name, Target(1), "", 1, 1, shadow=Shadow(1.0))
    execution_id = f"{number:032x}"
    record = ExecutionRecord(
        execution_id, ACCOUNT, FUNCTION, "1", name, 1, "kazoo", "", Status.SUCCEEDED
    )
    result = ExecutionResult(execution_id, Outcome.OK, b"1", recorded=RecordedOperations())
    return Shadowed(alias, record, ExecutionPayload(payload, result=result), is_recorded=True)


def number_of(taken: Shadowed) -> int:
    return int(taken.record.execution_id, 16)


def all_of(waiting: WaitingShadows, count: int) -> Iterator[tuple[str, int, int]]:
    """Yield what waits: the alias, the number, and how many were dropped before it."""
    for _ in range(count):
        found = waiting.next()
        assert found is not None
        yield found[0].alias.name, number_of(found[0]), found[1]


def test_a_flood_of_one_alias_leaves_a_few_that_wait_and_the_others_counted() -> None:
    waiting = WaitingShadows()

    for number in range(10_000):
        waiting.begin(shadowed(number))

    found = list(all_of(waiting, SHADOWS_OF_ALIAS_WAITING))
    assert [number for _, number, _ in found] == list(range(SHADOWS_OF_ALIAS_WAITING))
    assert [dropped for _, _, dropped in found] == [10_000 - SHADOWS_OF_ALIAS_WAITING] + [0] * 7


def test_a_flood_of_many_aliases_leaves_a_few_as_well() -> None:
    waiting = WaitingShadows()

    for number in range(5_000):
        waiting.begin(shadowed(number, name=f"n{number}"))

    names = [name for name, _, _ in all_of(waiting, SHADOWS_WAITING)]
    assert names == [f"n{number}" for number in range(SHADOWS_WAITING)]
    waiting.begin(shadowed(1, name="last"))
    assert list(all_of(waiting, 1)) == [("last", 1, 0)]


def test_what_waits_is_bounded_in_bytes() -> None:
    waiting = WaitingShadows()
    payload = bytes(5 * MIB)
    room = SHADOWS_WAITING_BYTES // len(payload)

    for number in range(room + 1):
        waiting.begin(shadowed(number, payload=payload))
    waiting.begin(shadowed(99))

    found = [number for _, number, _ in all_of(waiting, room + 1)]
    assert found == [*range(room), 99]


def test_the_size_counts_all_that_is_of_the_execution() -> None:
    reply = RecordedReply("1234", b"12345678")
    recorded = RecordedOperations((RecordedOperation("fetch", "12", (reply,)),))
    result = ExecutionResult("", Outcome.OK, b"1", recorded=recorded)
    one = shadowed()

    whole = Shadowed(one.alias, one.record, ExecutionPayload(b"{}", result=result), False)

    assert whole.size == len("{}112123412345678")


def test_aliases_take_turns() -> None:
    waiting = WaitingShadows()
    for number in range(3):
        waiting.begin(shadowed(number, name="busy"))
    waiting.begin(shadowed(9, name="other"))

    found = [(name, number) for name, number, _ in all_of(waiting, 4)]

    assert found == [("busy", 0), ("other", 9), ("busy", 1), ("busy", 2)]


def test_what_could_not_be_repeated_counts_as_dropped_with_the_next() -> None:
    waiting = WaitingShadows()
    waiting.begin(shadowed(1))
    taken = waiting.next()
    assert taken is not None

    waiting.drop(taken[0], 3)
    waiting.begin(shadowed(2))

    assert list(all_of(waiting, 1)) == [("live", 2, 3)]


def test_a_thread_repeats_what_waits_and_goes_on_after_a_fault(
    caplog: pytest.LogCaptureFixture,
) -> None:
    waiting, repeated, done = WaitingShadows(), list[int](), Event()

    def repeat(taken: Shadowed, _dropped: int) -> None:
        repeated.append(number_of(taken))
        if repeated == [0]:
            raise ValueError
        done.set()

    with shadowing(waiting, repeat):
        for number in range(2):
            waiting.begin(shadowed(number))
        assert done.wait(30)

    assert repeated == [0, 1]
    assert "could not be repeated" in caplog.text


def test_the_thread_rests_as_long_as_it_worked(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([1.0, 3.5, 10.0, 10.25])
    monkeypatch.setattr("isolambda_local.shadowing.monotonic", times.__next__)
    rested, done = list[float](), Event()

    class Resting(WaitingShadows):
        @override
        def rest(self, seconds: float) -> None:
            rested.append(seconds)
            if len(rested) == 2:
                done.set()

    waiting = Resting()
    with shadowing(waiting, lambda *_: None):
        for number in range(2):
            waiting.begin(shadowed(number))
        assert done.wait(30)

    assert rested == [2.5, 0.25]


def test_the_end_waits_for_the_one_under_way_and_for_no_other() -> None:
    waiting, repeated = WaitingShadows(), list[int]()
    begun, may_end = Event(), Event()

    def repeat(taken: Shadowed, _dropped: int) -> None:
        repeated.append(number_of(taken))
        begun.set()
        assert may_end.wait(30)

    def serve() -> None:
        with shadowing(waiting, repeat):
            for number in range(3):
                waiting.begin(shadowed(number))
            assert begun.wait(30)
            Thread(target=end).start()

    def end() -> None:
        while not waiting.is_ended:
            waiting.rest(0.01)
        may_end.set()

    serve()

    assert repeated == [0]
    waiting.begin(shadowed(9))
    assert waiting.next() is None
