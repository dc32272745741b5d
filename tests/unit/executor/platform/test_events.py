"""Events: what the web platform tests do not say, attacks first."""

import pytest

from tests.unit.executor.platform.evaluating import Run
from tests.unit.executor.printing import Printer

_POISON = """
    const poisoned = () => { throw new Error('poisoned') };
    const accessor = { __proto__: null, get: poisoned, set: poisoned };
    for (const name of ['get', 'set', 'value', 'enumerable', 'callback', 'removed', 'constants'])
        Object.defineProperty(Object.prototype, name, accessor);
    Object.defineProperty(Array.prototype, 0, accessor);
    Array.prototype[Symbol.iterator] = Map.prototype.get = Map.prototype.set = poisoned;
    Function.prototype.call = Function.prototype.apply = Reflect.apply = poisoned;
    Promise.prototype.then = poisoned;
"""


def test_what_user_code_poisons_after_the_first_touch_changes_nothing(run: Run) -> None:
    seen = run(
        "const target = new EventTarget(), controller = new AbortController(); let seen = 0;"
        f"{_POISON}"
        "target.addEventListener('x', () => seen++, { signal: controller.signal, once: false });"
        "target.dispatchEvent(new Event('x')); controller.abort();"
        "target.dispatchEvent(new Event('x'));"
        "return `${seen} ${controller.signal.reason.name}`"
    )

    assert seen == "1 AbortError"


def test_accessors_on_the_prototype_of_objects_do_not_keep_a_chunk_from_loading(run: Run) -> None:
    seen = run(
        "const fail = () => { throw new Error('poisoned') };"
        "const accessor = { __proto__: null, get: fail, set: fail };"
        "for (const name of ['get', 'set', 'enumerable', 'constants', 'cloning', 'value'])"
        "    Object.defineProperty(Object.prototype, name, accessor);"
        "const controller = new AbortController(); controller.abort();"
        "return controller.signal.aborted"
    )

    assert seen is True


def test_a_listener_that_throws_is_reported_and_stops_no_other(printer: Printer) -> None:
    lines = printer.lines(
        "const target = new EventTarget();"
        "target.addEventListener('x', () => { throw 'lost' });"
        "target.addEventListener('x', () => console.log('called'));"
        "target.dispatchEvent(new Event('x'))"
    )

    assert lines == [("error", "Uncaught lost"), ("log", "called")]


def test_an_error_that_a_listener_cancels_is_not_shown(printer: Printer) -> None:
    lines = printer.lines(
        "onerror = (message, file, line) => { console.log(message, file, line); return true };"
        "reportError(new RangeError('mine'))"
    )

    assert lines == [("log", "Uncaught RangeError: mine function.js 1")]


def test_a_listener_for_errors_that_throws_is_shown_once(printer: Printer) -> None:
    lines = printer.lines(
        "addEventListener('error', () => { throw 'again' }); reportError('first')"
    )

    assert lines == [("error", "Uncaught again"), ("error", "Uncaught first")]


def test_an_error_in_a_timer_is_an_event_of_the_global_scope(printer: Printer) -> None:
    lines = printer.lines(
        "self.addEventListener('error', (event) => { event.preventDefault();"
        "    console.log(event.error, event.isTrusted, event.target === globalThis) });"
        "setTimeout(() => { throw 'late' }, 1);"
        "await new Promise((done) => setTimeout(done, 5))"
    )

    assert lines == [("log", "late true true")]


@pytest.mark.parametrize("poison", ["Reflect.apply = undefined", "Map = undefined", "Object = 1"])
def test_chunks_made_of_poisoned_built_ins_lose_no_report(poison: str, printer: Printer) -> None:
    lines = printer.lines(
        f"{poison}; try {{ new EventTarget() }} catch {{}}"
        "setTimeout(() => { throw 'late' }, 1); await new Promise((done) => setTimeout(done, 5))"
    )

    assert lines == [("error", "Uncaught late")]


def test_thousands_of_listeners_are_called_in_order_and_leave_with_their_signal(run: Run) -> None:
    counts = run(
        "const target = new EventTarget(), controller = new AbortController(), seen = [];"
        "for (let i = 0; i < 5_000; i++)"
        "    target.addEventListener('x', () => seen.push(i), { signal: controller.signal });"
        "target.dispatchEvent(new Event('x')); controller.abort();"
        "target.dispatchEvent(new Event('x'));"
        "return [seen.length, seen.every((n, i) => n === i)]"
    )

    assert counts == [5_000, True]


def test_an_event_cannot_be_dispatched_while_it_is(run: Run) -> None:
    name = run(
        "const target = new EventTarget(), event = new Event('x'); let name;"
        "target.addEventListener('x', () => {"
        "    try { target.dispatchEvent(event) } catch (error) { name = error.name } });"
        "target.dispatchEvent(event); return name"
    )

    assert name == "InvalidStateError"


@pytest.mark.parametrize(
    "foreign",
    [
        "EventTarget.prototype.addEventListener.call({}, 'x', () => {})",
        "new EventTarget().dispatchEvent({ type: 'x' })",
        "new EventTarget().dispatchEvent(Object.create(Event.prototype))",
        "Object.getOwnPropertyDescriptor(Event.prototype, 'type').get.call({})",
        "new EventTarget().addEventListener('x', () => {}, { signal: {} })",
        "new EventTarget().addEventListener('x', 'text')",
        "AbortSignal.any([{}])",
        "new AbortSignal()",
        "AbortSignal.timeout(-1)",
        "new (class extends AbortSignal {})()",
        "reportError()",
    ],
)
def test_what_is_of_another_kind_is_a_type_error(foreign: str, run: Run) -> None:
    assert run(f"try {{ {foreign} }} catch (error) {{ return error.name }}") == "TypeError"


def test_the_global_scope_is_an_event_target_whose_handlers_begin_as_null(run: Run) -> None:
    assert run("return [onerror, onunhandledrejection, onrejectionhandled]") == [None] * 3
    assert run("return globalThis instanceof EventTarget && self === globalThis") is True


@pytest.mark.parametrize("how", ["freeze", "seal", "preventExtensions"])
def test_a_scope_that_code_has_locked_still_has_its_globals(how: str, run: Run) -> None:
    seen = run(
        f"Object.{how}(globalThis); let seen = 0;"
        "addEventListener('x', () => seen++); dispatchEvent(new Event('x'));"
        "return [seen, new AbortController().signal.aborted]"
    )

    assert seen == [1, False]


def test_reasons_of_any_type_abort_and_reach_signals_that_depend(run: Run) -> None:
    reasons = run(
        "return [0, '', null, false].map((reason) => {"
        "    const controller = new AbortController();"
        "    const signal = AbortSignal.any([AbortSignal.any([controller.signal])]);"
        "    controller.abort(reason);"
        "    return [signal.aborted, signal.reason] })"
    )

    assert reasons == [[True, 0], [True, ""], [True, None], [True, False]]


def test_a_signal_aborts_when_its_time_is_over(run: Run) -> None:
    reason = run(
        "const signal = AbortSignal.timeout(1);"
        "await new Promise((done) => { signal.onabort = done }); return signal.reason.name"
    )

    assert reason == "TimeoutError"
