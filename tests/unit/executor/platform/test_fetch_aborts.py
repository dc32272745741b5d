"""A fetch that is aborted, before, meanwhile and too late."""

import pytest

from tests.unit.executor.platform.evaluating import Evaluate

_ABORTS = {
    "before": ("return failure(fetch('http://a', { signal: AbortSignal.abort('no') }))", "no", []),
    "before, with a stream": (
        ("let why; const init = streamed(() => {}, { cancel(reason) { why = reason } });"
        "const aborted = { ...init, signal: AbortSignal.abort('no') };"
        "await failure(fetch('http://a', aborted)); return why"),
        "no", []),
    "by its own request": (
        ("const it = fetch(new Request('http://a', { signal })); controller.abort('no');"
        "return failure(it)"), "no", ["fetch", "abandon"]),
    "while it waits": (
        "const it = fetch('http://a', { signal }); controller.abort('no'); return failure(it)",
        "no", ["fetch", "abandon"]),
    "without a reason": (
        "const it = fetch('http://a', { signal }); controller.abort(); return failure(it)",
        "AbortError: signal is aborted without reason", ["fetch", "abandon"]),
    "by a timeout": (
        "return failure(fetch('http://a', { signal: AbortSignal.timeout(1) }))",
        "TimeoutError: signal timed out", ["fetch", "abandon"]),
    "while it is read": (
        ("const it = await answered({ signal }); const text = failure(it.text());"
        "controller.abort('no'); return text"), "no", ["fetch", "abandon"]),
    "before it is read": (
        ("const it = await answered({ signal }); reply(1, { chunk: true }, bytesOf('a'));"
        "controller.abort('no'); return failure(it.text())"), "no", ["fetch", "abandon"]),
    "while a reader waits": (
        ("const it = await answered({ signal }); const { closed } = it.body.getReader();"
        "controller.abort('no'); return failure(closed)"), "no", ["fetch", "abandon"]),
    "when all has come": (
        ("const it = await answered({ signal }); reply(1, { chunk: true }, bytesOf('a'));"
        "reply(1, { end: true }); controller.abort('no'); return failure(it.text())"),
        "no", ["fetch"]),
    "when all was read": (
        ("const it = await answered({ signal }); reply(1, { end: true }); const text = it.text();"
        "controller.abort('no'); return text"), "", ["fetch"]),
    "twice": (
        ("const it = await answered({ signal }); controller.abort('no'); controller.abort('yes');"
        "return failure(it.body.getReader().closed)"), "no", ["fetch", "abandon"]),
    "by a cancellation": (
        ("const it = await answered({ signal }); await it.body.cancel('enough');"
        "controller.abort('no'); return it.text().then((text) => `${it.bodyUsed}`, String)"),
        "TypeError: the body was read before, or its stream is locked", ["fetch", "abandon"]),
    "by a listener that fetches": (
        ("signal.addEventListener('abort', () => fetch('http://b').catch(() => {}));"
        "const it = fetch('http://a', { signal }); controller.abort('no'); return failure(it)"),
        "no", ["fetch", "abandon", "fetch"]),
}  # fmt: skip


@pytest.mark.parametrize("when", _ABORTS)
def test_a_fetch_is_aborted(ask: Evaluate, when: str) -> None:
    source, said, asked = _ABORTS[when]
    controlled = "const controller = new AbortController(); const { signal } = controller;"

    assert ask(f"{controlled} {source}") == said
    assert ask("return kinds()") == asked


def test_replies_after_the_end_change_nothing(ask: Evaluate) -> None:
    source = """
        const controller = new AbortController();
        const it = await answered(controller);
        reply(1, { chunk: true }, bytesOf('a'));
        const text = failure(it.text());
        controller.abort('no');
        reply(1, head({ status: 500 }));
        reply(1, { chunk: true }, bytesOf('b'));
        reply(1, { more: 5 });
        reply(1, { end: true, error: { code: 'connect', message: 'late' } });
        return [await text, it.status, kinds()];
    """

    assert ask(source) == ["no", 200, ["fetch", "abandon"]]


def test_a_signal_keeps_nothing_of_a_fetch_that_is_over(ask: Evaluate) -> None:
    source = """
        const controller = new AbortController();
        for (let i = 0; i < 3; i++) {
            const it = await answered(controller);
            reply(asked.at(-1).id, { end: true });
            await it.text();
        }
        const it = fetch('http://a', controller);
        reply(4, { end: true, error: { code: 'connect', message: 'none' } });
        await failure(it);
        controller.abort();
        return kinds();
    """

    assert ask(source) == ["fetch"] * 4
