"""Whatever a function throws, and whatever that carries, the report stays within its bounds."""

import pytest

from isolambda_core.domain.executions.execution import Outcome
from isolambda_core.domain.json_text import dump_readable
from isolambda_core.domain.limits import ERROR_DETAILS_CHARACTERS, ERROR_TEXT_CHARACTERS
from isolambda_executor.supervisor import Supervisor
from tests.unit.executor.supervised import run

CHARACTERS = ["a", '"', "\\n", "\\x01", "\\ud800", "ą", "語", "😀"]


@pytest.mark.parametrize("character", CHARACTERS, ids=ascii)
def test_texts_of_any_length_are_cut(shared: Supervisor, character: str) -> None:
    result = run(
        shared,
        f"""const text = '{character}'.repeat(100_000);
        const thrown = () => {{
          const error = new Error(text);
          error.name = text;
          return Object.assign(error, {{[text]: text, list: [text, text, {{text}}]}});
        }};
        const error = thrown();
        error.cause = thrown();
        error.cause.cause = text;
        error.errors = [text, thrown(), thrown()];
        throw error;""",
    )

    error = result.error
    assert error is not None, result
    assert len(error.name) <= len(error.message) <= ERROR_TEXT_CHARACTERS + 1
    assert len(error.stack) <= 2 * ERROR_TEXT_CHARACTERS + 1
    assert {"fields", "cause", "errors"} == error.details.keys()
    assert len(dump_readable(error.details)) <= ERROR_DETAILS_CHARACTERS


ENDLESS = [
    "let e = new Error('0'); for (let i = 0; i < 10_000; i++) e = new Error(`${i}`, {cause: e})",
    "let e = {a: 1}; for (let i = 0; i < 10_000; i++) e = {e}; e = new Error('', {cause: e})",
    "let e = 1; for (let i = 0; i < 99; i++) e = Object.assign(new Error(''), {a: {b: [e]}})",
    "const e = new AggregateError(Array.from({length: 10_000}, () => new Error('x')))",
    "const f = (n) => new AggregateError(n ? [1, 2, 3].map(() => f(n - 1)) : []); const e = f(6)",
    "const e = new Error(''); for (let i = 0; i < 10_000; i++) e[`k${i}`] = e",
    "const e = new Error(''); e.list = Array(1_000).fill(Array(1_000).fill(e))",
    "let v = 1e-9; for (let i = 0; i < 4; i++) v = Array(50).fill(v); const e = {message: 'x', v}",
    "let v = {}; for (let i = 0; i < 9; i++) v = {a: v, b: v, d: []}; const e = {message: 'x', v}",
    "const e = {message: '', errors: [], cause: {}}; e.cause.e = e; e.errors[999] = e",
    "const e = new Error('', {cause: new Uint8Array(9e6)}); e.text = Object('x'.repeat(1e6))",
    "const e = {message: '', errors: new Proxy([], {get: () => 2 ** 53})}",
]


@pytest.mark.parametrize("source", ENDLESS)
def test_what_an_error_carries_is_bounded(shared: Supervisor, source: str) -> None:
    result = run(shared, f"{source}; throw e;")

    assert result.outcome is Outcome.EXCEPTION, result
    assert result.error is not None
    assert 0 < len(dump_readable(result.error.details)) <= ERROR_DETAILS_CHARACTERS


def test_a_large_field_does_not_push_the_cause_out(shared: Supervisor) -> None:
    result = run(
        shared,
        "throw Object.assign(new Error('x', {cause: new Error('why')}),"
        " {text: 'x'.repeat(1e6), list: Array(1e5).fill('y'.repeat(100))});",
    )

    assert result.error is not None
    assert '"message":"why"' in dump_readable(result.error.details)


def test_a_getter_that_never_ends_is_stopped(shared: Supervisor) -> None:
    source = (
        "throw Object.assign({message: 'x'}, {cause: new Proxy({}, {ownKeys() { for (;;); }})});"
    )

    assert run(shared, source, wall_time_ms=100).outcome is Outcome.EXCEEDED_WALL_TIME
