"""The worker goes on where V8 answers: on its own thread, or after a deadline on the main one."""

import ctypes
import threading
from contextlib import suppress
from types import SimpleNamespace

import pytest

from isolambda_executor import driver as module
from isolambda_executor import engine as engine_module
from isolambda_executor.answers import EngineError, OutOfMemoryError, OutOfTimeError
from isolambda_executor.driver import Driver, Event
from isolambda_executor.engine import Engine, Isolate
from isolambda_executor.host_calls import HostCalls
from tests.unit.executor.answering import WAIT_S, answer_of, completed, load

MAIN = threading.main_thread().ident


async def run(isolate: Isolate, payload: bytes = b"1", timeout_s: float = WAIT_S) -> object:
    return await isolate.run(payload, b"{}", 60_000, 1 << 20, 0, timeout_s=timeout_s)


async def off_the_main_thread(isolate: Isolate) -> None:
    """Execute until V8 reports when the main thread sleeps already, as it mostly does at once."""
    while threading.get_ident() == MAIN:
        await run(isolate, b"0")
        await isolate.await_rest()


def test_executions_go_on_on_the_thread_of_their_isolate(isolate: Isolate) -> None:
    load(isolate, "return call")

    async def executions() -> list[int]:
        await off_the_main_thread(isolate)
        threads = [threading.get_ident()]
        for _ in range(3):
            await run(isolate)
            threads.append(threading.get_ident())
            await isolate.await_rest()
            threads.append(threading.get_ident())
        return threads

    [thread] = set(completed(isolate, executions()))

    assert thread != MAIN


def test_what_only_the_main_thread_may_do_is_done_there(isolate: Isolate) -> None:
    load(isolate, "return call")

    async def execution() -> int:
        await off_the_main_thread(isolate)
        await isolate.on_main()
        return threading.get_ident()

    assert completed(isolate, execution()) == MAIN


@pytest.mark.usefixtures("patient")
def test_after_its_deadline_an_execution_ends_on_the_main_thread(isolate: Isolate) -> None:
    load(isolate, "if (call === 1) for (;;);")

    async def executions() -> int:
        await off_the_main_thread(isolate)
        with pytest.raises(OutOfTimeError):
            await run(isolate, timeout_s=0.05)
        return threading.get_ident()

    assert completed(isolate, executions()) == MAIN
    assert answer_of(isolate, "return 2") == b"2"


@pytest.mark.usefixtures("patient")
def test_a_short_deadline_holds_after_a_long_one(isolate: Isolate) -> None:
    load(isolate, "if (call === 1) for (;;);")

    async def executions() -> None:
        await run(isolate, b"0", timeout_s=10 * WAIT_S)
        await run(isolate, b"1", timeout_s=0.05)

    with pytest.raises(OutOfTimeError):
        completed(isolate, executions())


def test_what_is_raised_on_the_thread_of_an_isolate_is_raised_on_the_main_one(
    isolate: Isolate,
) -> None:
    load(isolate, "return call")

    async def execution() -> None:
        await off_the_main_thread(isolate)
        raise LookupError

    with pytest.raises(LookupError):
        completed(isolate, execution())
    assert answer_of(isolate, "return 2") == b"2"


@pytest.mark.parametrize("size", [10, 100_000])
def test_a_text_of_any_size_is_given_from_the_thread_of_the_isolate_itself(
    isolate: Isolate, size: int
) -> None:
    load(isolate, "return String(call).length")
    payload = b'"' + b"a" * size + b'"'

    async def executions() -> list[object]:
        await off_the_main_thread(isolate)
        return [await run(isolate, payload) for _ in range(3)]

    assert completed(isolate, executions()) == [b"%d" % size] * 3


def fails(_calls: HostCalls) -> None:
    raise MemoryError


def test_a_host_call_without_memory_for_its_answer_ends_the_execution(
    isolate: Isolate, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(isolate, "return crypto.randomUUID()")

    monkeypatch.setattr(HostCalls, "answer", fails)

    with pytest.raises(OutOfMemoryError):
        completed(isolate, run(isolate))


@pytest.mark.usefixtures("patient")
def test_a_host_call_that_fails_after_the_answer_keeps_the_isolate_from_resting_and_it_closes(
    isolate: Isolate, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(isolate, "Promise.resolve().then(() => crypto.randomUUID()); return 1")
    monkeypatch.setattr(HostCalls, "answer", fails)

    async def execution() -> None:
        assert await run(isolate) == b"1"
        await isolate.await_rest()

    with pytest.raises(EngineError):
        completed(isolate, execution())


def thread_states() -> int:
    """Return how many threads Python keeps a state of."""
    api = ctypes.pythonapi
    for name in ("PyInterpreterState_Get", "PyInterpreterState_ThreadHead", "PyThreadState_Next"):
        getattr(api, name).restype = ctypes.c_void_p
    state = api.PyInterpreterState_ThreadHead(ctypes.c_void_p(api.PyInterpreterState_Get()))
    count = 0
    while state:
        count, state = count + 1, api.PyThreadState_Next(ctypes.c_void_p(state))
    return count


@pytest.mark.usefixtures("patient")
def test_a_closed_isolate_leaves_nothing_behind(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "_IDLE_MAX_S", WAIT_S)
    before = set(engine.driver._reports), thread_states()

    for source in ("return 1", "throw 1", "for (;;);"):
        isolate = engine.isolate()
        load(isolate, source)
        with suppress(OutOfTimeError):
            completed(isolate, run(isolate, timeout_s=0.1))
        isolate.close()

    assert (set(engine.driver._reports), thread_states()) == before


class Looked:
    """Each look at an event finds the next of what is given."""

    def __init__(self, *found: bool) -> None:
        self._found = list(found)

    def wait(self, _timeout_s: float) -> bool:
        return self._found.pop(0)


def test_v8_is_waited_for_by_its_own_time(monkeypatch: pytest.MonkeyPatch) -> None:
    event = Event(Driver(), [])
    monkeypatch.setattr(event, "wait", Looked(False, False, True).wait)
    still = SimpleNamespace(monotonic=lambda: 0.0, process_time=lambda: 0.0)
    monkeypatch.setattr(module, "time", still)

    assert event.is_reported(0.025, 0.25)


@pytest.mark.parametrize("passes", ["monotonic", "process_time"])
def test_v8_that_works_or_waits_for_long_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, passes: str
) -> None:
    event = Event(Driver(), [])
    readings = iter([0.0, 0.1, 1.0])
    still = SimpleNamespace(monotonic=lambda: 0.0, process_time=lambda: 0.0)
    monkeypatch.setattr(module, "time", still)
    monkeypatch.setattr(still, passes, lambda: next(readings))
    monkeypatch.setattr(event, "wait", Looked(False, False).wait)

    assert not event.is_reported(0.025, 0.25)
