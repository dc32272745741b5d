"""V8 tells of rejected promises, wherever the library is the one that we know, and only there."""

import os
from dataclasses import replace
from threading import get_native_id

import pytest

from isolambda_executor import rejections
from isolambda_executor.answers import OutOfTimeError
from isolambda_executor.engine import Engine, Isolate

_WAIT_S = 60.0


def test_the_library_is_known(engine: Engine) -> None:
    assert engine.reports_rejections


@pytest.mark.parametrize("name", rejections._FUNCTIONS)
def test_without_one_of_its_functions_isolates_get_no_hint(
    engine: Engine, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    symbol, *types = rejections._FUNCTIONS[name]
    monkeypatch.setitem(rejections._FUNCTIONS, name, (f"{symbol}_of_another", *types))

    assert rejections.rejections_of(engine.dll, engine.driver.report_to) is None


def test_on_another_machine_isolates_get_no_hint(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(rejections._LAYOUTS, os.uname().machine)

    assert rejections.rejections_of(engine.dll, engine.driver.report_to) is None


@pytest.mark.parametrize("place", ["isolate_again", "itself", "report"])
def test_an_isolate_that_is_elsewhere_gets_no_hint_and_works(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = os.uname().machine
    elsewhere = replace(rejections._LAYOUTS[machine], **{place: 0})
    monkeypatch.setitem(rejections._LAYOUTS, machine, elsewhere)
    engine = Engine()

    isolate = engine.isolate()

    assert not engine.reports_rejections
    assert isolate.evaluate("Promise.reject(1); 'works'", _WAIT_S) == b"works"
    isolate.close()


def test_promises_that_are_handled_at_once_run_no_python(
    engine: Engine, isolate: Isolate, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    notify = engine.rejections._notify  # type: ignore[union-attr]

    def note(*handles: int) -> None:
        seen.append(get_native_id())
        notify(*handles)

    monkeypatch.setattr(engine.rejections, "_notify", note)
    isolate.evaluate(
        """
        (async () => {
          await Promise.all([1, Promise.resolve(2), new Promise((resolve) => resolve(3))]);
          await (async () => { await null; throw 4; })().catch(() => 5);
        })();
        """,
        _WAIT_S,
    )
    isolate.evaluate("0", _WAIT_S)
    assert seen == []

    isolate.evaluate("Promise.reject(1); 0", _WAIT_S)
    assert len(seen) == 1
    assert seen[0] != get_native_id()


@pytest.mark.usefixtures("patient")  # what is lost never comes
@pytest.mark.parametrize(
    "code",
    [
        "for (;;) Promise.reject(1)",
        "const p = () => new Promise((_, reject) => reject(1)); for (;;) p().catch(() => {})",
        "for (;;) (async () => { throw 1; })().catch(() => {})",
        "(function again() { Promise.reject(1); for (let i = 0; i < 9; i++); again(); })",
    ],
)
def test_a_cancellation_is_not_lost_between_rejections(isolate: Isolate, code: str) -> None:
    forever = f"for (;;) try {{ ({code})() }} catch {{}}" if code.startswith("(f") else code

    with pytest.raises(OutOfTimeError):
        isolate.evaluate(f"(() => {{ {forever} }})()", 0.3)

    assert isolate.evaluate("'answers'", _WAIT_S) == b"answers"


def test_a_rejection_where_the_stack_ends_changes_nothing(isolate: Isolate) -> None:
    code = """(() => {
      const thrown = new Set();
      const fall = () => {
        try { fall(); } catch (error) {
          thrown.add(String(error));
          Promise.reject(1);
        }
      };
      fall();
      return [...thrown].join();
    })()"""

    assert isolate.evaluate(code, _WAIT_S) == b"RangeError: Maximum call stack size exceeded"
    assert isolate.evaluate("JSON.stringify([1])", _WAIT_S) == b"[1]"


def test_many_isolates_leave_nothing_behind(engine: Engine) -> None:
    rejections = engine.rejections
    assert rejections is not None
    for _ in range(5):
        isolate = engine.isolate()
        isolate.evaluate("for (let i = 0; i < 99; i++) Promise.reject(i); 0", _WAIT_S)
        isolate.close()

    assert rejections._listeners == {}
