"""Timers that repeat."""

import pytest

from tests.unit.executor.platform.evaluating import Run
from tests.unit.executor.printing import Printer


def test_an_interval_goes_on_until_it_is_cleared_even_by_itself(run: Run) -> None:
    turns = run(
        "let turns = 0; await new Promise((done) => { const id = setInterval((by) => { turns += by;"
        "    if (turns === 6) { clearInterval(id); setTimeout(done, 10) } }, 1, 2) });"
        "return turns"
    )

    assert turns == 6


def test_an_interval_that_throws_goes_on(printer: Printer) -> None:
    lines = printer.lines(
        "let turns = 0; await new Promise((done) => setInterval(() => {"
        "    if (++turns === 3) done(); else throw turns }, 1))"
    )

    assert lines == [("error", "Uncaught 1"), ("error", "Uncaught 2")]


def test_an_interval_ends_with_its_execution(printer: Printer) -> None:
    source = """
        if (globalThis.turns === undefined) {
            globalThis.turns = 0;
            setInterval(() => turns++, 1);
        }
        const before = turns;
        await new Promise((done) => setTimeout(done, 20));
        console.log(turns === before);
        """

    assert printer.lines(source, times=2) == [("log", "true")]


@pytest.mark.parametrize("handler", ["'code()'", "undefined", "{}"])
@pytest.mark.parametrize("name", ["setTimeout", "setInterval"])
def test_a_handler_that_is_no_function_is_refused(name: str, handler: str, run: Run) -> None:
    message = run(f"try {{ {name}({handler}) }} catch (error) {{ return error.message }}")

    assert message == "a timer needs a function; it runs no text"


def test_thousands_of_intervals_take_turns(run: Run) -> None:
    least = run(
        "const turns = new Array(3_000).fill(0);"
        "await new Promise((done) => turns.forEach((_, i) =>"
        "    setInterval(() => { if (++turns[i] === 2 && i === 2_999) done() }, 1)));"
        "return Math.min(...turns)"
    )

    assert least >= 1
