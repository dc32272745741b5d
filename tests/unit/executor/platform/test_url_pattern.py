"""URLPattern: what the web platform tests do not say, attacks first."""

import pytest

from isolambda_executor.answers import OutOfTimeError
from isolambda_executor.engine import Engine
from tests.unit.executor.answering import completed
from tests.unit.executor.platform.evaluating import Evaluate
from tests.unit.executor.printing import Printer

_WAIT_S = 60.0


@pytest.mark.usefixtures("patient")
def test_a_regular_expression_that_backtracks_for_ever_is_stopped_in_time(engine: Engine) -> None:
    isolate = engine.isolate()
    source = "new URLPattern({ pathname: '/((?:a+)+)b' }).test({ pathname: '/' + 'a'.repeat(60) })"
    isolate.call("load", source, "", timeout_s=_WAIT_S)

    with pytest.raises(OutOfTimeError):
        completed(isolate, isolate.run(b"{}", b"{}", 60_000, 1 << 20, 0, timeout_s=0.5))

    isolate.close()


def test_a_path_is_matched_and_its_groups_are_named(evaluate: Evaluate) -> None:
    seen = evaluate(
        "const pattern = new URLPattern({ pathname: '/users/:id/files/*' });"
        "const { pathname } = pattern.exec('https://example.com/users/7/files/a/b?c');"
        "return [pathname.groups, pattern.test('https://example.com/users/7')]"
    )

    assert seen == [{"0": "a/b", "id": "7"}, False]


def test_a_pattern_that_is_none_is_a_type_error(evaluate: Evaluate) -> None:
    seen = evaluate("try { new URLPattern({ pathname: '/(' }) } catch (e) { return e.name }")

    assert seen == "TypeError"


def test_it_uses_the_platforms_own_url_whatever_user_code_puts_there(evaluate: Evaluate) -> None:
    seen = evaluate(
        "globalThis.URL = class { constructor() { throw new Error('not this one') } };"
        "return new URLPattern('/a', 'https://example.com').test('https://example.com/a')"
    )

    assert seen is True


def test_it_looks_like_an_interface(evaluate: Evaluate) -> None:
    seen = evaluate(
        "return [URLPattern.name, `${new URLPattern()}`, Object.keys(URLPattern.prototype)]"
    )

    assert seen == [
        "URLPattern",
        "[object URLPattern]",
        [
            *("test", "exec", "protocol", "username", "password", "hostname", "port", "pathname"),
            *("search", "hash", "hasRegExpGroups"),
        ],
    ]


def test_the_console_shows_its_components(printer: Printer) -> None:
    [(_, line)] = printer.lines("console.log(new URLPattern({ pathname: '/:id', port: '' }))")

    assert line == (
        'URLPattern { protocol: "*", username: "*", password: "*", hostname: "*", port: "", '
        'pathname: "/:id", search: "*", hash: "*" }'
    )
