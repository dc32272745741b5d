"""Rejected promises are events of the global scope."""

from tests.unit.executor.platform.evaluating import Run
from tests.unit.executor.printing import Printer

_LATER = "await new Promise((done) => setTimeout(done, 3));"


def test_a_rejection_without_a_handler_is_an_event_and_a_line(printer: Printer) -> None:
    lines = printer.lines(
        "onunhandledrejection = ({ reason, promise }) => console.log(reason, promise === lost);"
        f"const lost = Promise.reject('lost'); {_LATER}"
    )

    assert lines == [("log", "lost true"), ("error", "Uncaught (in promise) lost")]


def test_a_rejection_that_a_listener_cancels_has_no_line(printer: Printer) -> None:
    lines = printer.lines(
        "addEventListener('unhandledrejection', (event) => event.preventDefault());"
        f"Promise.reject('lost'); {_LATER}"
    )

    assert lines == []


def test_a_rejection_is_an_event_even_if_the_execution_ends_with_it(printer: Printer) -> None:
    lines = printer.lines(
        "addEventListener('unhandledrejection', (event) => {"
        "    console.log('seen'); event.preventDefault() }); Promise.reject('lost'); return 1"
    )

    assert lines == [("log", "seen")]


def test_a_handler_that_comes_later_is_an_event_too(printer: Printer) -> None:
    lines = printer.lines(
        "onunhandledrejection = (event) => event.preventDefault();"
        "onrejectionhandled = ({ type, reason }) => console.log(type, reason);"
        f"const lost = Promise.reject('lost'); {_LATER} lost.catch(() => {{}}); {_LATER}"
    )

    assert lines == [("log", "rejectionhandled lost")]


def test_a_rejection_that_gets_its_handler_at_once_is_no_event(printer: Printer) -> None:
    lines = printer.lines(
        "onunhandledrejection = () => console.log('seen');"
        f"const kept = Promise.reject('kept'); kept.catch(() => {{}}); {_LATER}"
    )

    assert lines == []


def test_a_listener_may_settle_what_the_execution_waits_for(run: Run) -> None:
    reason = run(
        "return await new Promise((done) => {"
        "    onunhandledrejection = ({ reason }) => done(reason); Promise.reject('lost') })"
    )

    assert reason == "lost"


def test_a_listener_that_rejects_again_and_again_ends_with_the_execution(printer: Printer) -> None:
    lines = printer.lines(
        "let turns = 0; onunhandledrejection = (event) => {"
        "    event.preventDefault(); turns++; Promise.reject(turns) };"
        f"Promise.reject(0); {_LATER} console.log(turns > 1)"
    )

    assert lines[0] == ("log", "true")
