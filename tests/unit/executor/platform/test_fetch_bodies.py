"""The bodies of fetch, both ways, as fast as the other side takes them."""

import pytest

from tests.unit.executor.platform.evaluating import Evaluate

KIB = 1024

_READS = {
    "it.text()": "abcd",
    "it.arrayBuffer().then((buffer) => buffer.byteLength)": 4,
    "it.bytes().then((bytes) => bytes.join())": "97,98,99,100",
    "it.blob().then(({ size, type }) => [size, type])": [4, "text/plain"],
    "Array.fromAsync(it.body.pipeThrough(new TextDecoderStream()))": ["ab", "cd"],
    "Promise.all([it.clone().text(), it.text()])": ["abcd", "abcd"],
    "Promise.all(it.body.tee().map((branch) => new Response(branch).text()))": ["abcd", "abcd"],
    "new Response(it.body).text()": "abcd",
    "it.text().then(() => [it.bodyUsed, it.body.locked])": [True, True],
    "((reader) => reader.read(new Uint8Array(3)).then(async ({ value }) =>"
    " [value.length, (await reader.read(new Uint8Array(9))).value.length,"
    "  (await reader.read(new Uint8Array(9))).done]))(it.body.getReader({ mode: 'byob' }))":
        [2, 2, True],
}  # fmt: skip


@pytest.mark.parametrize("comes", ["before", "while", "slowly"])
@pytest.mark.parametrize("read", _READS)
def test_a_body_is_read_whenever_it_comes(ask: Evaluate, read: str, comes: str) -> None:
    source = f"""
        const it = await answered({{}}, {{ headers: [['content-type', 'text/plain']] }});
        const come = async (wait) => {{
            for (const text of ['ab', 'cd']) {{
                reply(1, {{ chunk: true }}, bytesOf(text));
                await wait();
            }}
            reply(1, {{ end: true }});
        }};
        if ({str(comes == "before").lower()}) await come(() => {{}});
        const value = {read};
        if ({str(comes == "while").lower()}) await come(() => {{}});
        if ({str(comes == "slowly").lower()}) await come(tick);
        return value;
    """

    assert ask(source) == _READS[read]


def test_credit_is_given_for_what_is_read_and_for_nothing_else(ask: Evaluate) -> None:
    source = """
        const it = await answered();
        for (let i = 0; i < 4; i++) reply(1, { chunk: true }, new Uint8Array(65_536));
        await tick();
        const seen = [kinds()];
        const reader = it.body.getReader();
        for (let i = 0; i < 3; i++) {
            await reader.read();
            await tick();
            seen.push(kinds().at(-1));
        }
        return seen;
    """

    assert ask(source) == [["fetch"], "fetch", "credit 131072", "credit 131072"]


def test_ten_mebibytes_are_read_by_credit(ask: Evaluate) -> None:
    source = """
        const it = await answered();
        let granted = 262_144;
        let left = 10 * 1024 * 1024;
        const feed = setInterval(() => {
            while (asked.length > 1) granted += asked.pop().credit;
            for (; granted > 0 && left > 0; granted -= 65_536, left -= 65_536) {
                reply(1, { chunk: true }, new Uint8Array(65_536));
            }
            if (left > 0) return;
            reply(1, { end: true });
            clearInterval(feed);
        });
        return (await it.arrayBuffer()).byteLength;
    """

    assert ask(source) == 10 * KIB * KIB


def test_a_stream_is_sent_as_it_comes_and_granted(ask: Evaluate) -> None:
    source = """
        let pulled = 0;
        fetch('http://a', streamed((it) => {
            if (++pulled > 4) it.close();
            else it.enqueue(new Uint8Array(40_000).fill(pulled));
        }));
        await tick();
        const seen = [sent().join('').length];
        reply(1, { more: 10_000 });
        await tick();
        seen.push(sent().join('').length);
        reply(1, { more: 1e6 });
        await tick();
        seen.push(sent().join('').length, kinds().at(-1), pulled);
        return [...seen, sent().join('').replace(/(.)\\1*/gs, (run) => `${run.length} `)];
    """

    assert ask(source) == [65_536, 75_536, 160_000, "last", 5, "40000 40000 40000 40000 "]


def test_small_chunks_are_sent_together(ask: Evaluate) -> None:
    source = """
        let pulled = 0;
        fetch('http://a', streamed((it) => {
            if (++pulled > 10_000) it.close();
            else it.enqueue(new Uint8Array([pulled]));
        }));
        await tick();
        return [kinds().length < 10, sent().join('').length];
    """

    assert ask(source) == [True, 10_000]


def test_a_body_that_no_message_holds_is_sent_in_parts(ask: Evaluate) -> None:
    source = """
        fetch('http://a', { method: 'PUT', body: new Uint8Array(600_000).fill(7) });
        reply(1, { more: 1e6 });
        await tick();
        return [asked[0].body, kinds().length, sent().join('').length, kinds().at(-1)];
    """

    assert ask(source) == ["stream", 12, 600_000, "last"]


@pytest.mark.parametrize(
    "source",
    [
        "const it = fetch('http://a', streamed((it) => it.enqueue(new Uint8Array(9))));",
        "const it = (await answered()).text(); reply(1, {}, new Uint8Array(131_072));",
    ],
)
def test_what_may_not_be_sent_fails_the_fetch(ask: Evaluate, source: str) -> None:
    answer = ask(f"""
        globalThis.refusal = new RangeError('too many messages');
        {source}
        return [await failure(it), kinds()];
    """)

    assert answer == ["RangeError: too many messages", ["fetch", "abandon"]]


_ENDS_OF_SENDING = {
    "reply(1, head()); reply(1, { end: true })": "TypeError: the response ended before the request",
    "reply(1, { end: true, error: { code: 'connect', message: 'none there' } })":
        "TypeError: none there",
    "controller.abort('enough')": "enough",
}  # fmt: skip


@pytest.mark.parametrize("end", _ENDS_OF_SENDING)
def test_a_stream_that_is_needed_no_more_is_canceled(ask: Evaluate, end: str) -> None:
    source = f"""
        let canceled;
        const controller = new AbortController();
        const init = streamed(() => {{}}, {{ cancel: (reason) => {{ canceled = `${{reason}}` }} }});
        fetch('http://a', {{ ...init, signal: controller.signal }}).catch(() => {{}});
        await tick();
        {end};
        await tick();
        const before = asked.length;
        reply(1, {{ more: 100 }});
        await tick();
        return [canceled, asked.length - before];
    """

    assert ask(source) == [_ENDS_OF_SENDING[end], 0]


_BROKEN_STREAMS = {
    "streamed(() => { throw new RangeError('mine') })": "RangeError: mine",
    "streamed((it) => it.error('mine'))": "mine",
    "streamed((it) => it.enqueue('text'))": "TypeError: a chunk of the body is not a Uint8Array",
    "streamed((it) => it.enqueue(new Uint16Array(1)))":
        "TypeError: a chunk of the body is not a Uint8Array",
    "streamed(() => Promise.reject(null))": "null",
}  # fmt: skip


@pytest.mark.parametrize("init", _BROKEN_STREAMS)
def test_a_stream_that_breaks_breaks_the_request(ask: Evaluate, init: str) -> None:
    source = f"""
        const it = fetch('http://a', {init});
        const ended = it.catch((thrown) => [`${{thrown}}`, `${{thrown.cause}}`, kinds().at(-1)]);
        return ended;
    """

    assert ask(source) == [
        "TypeError: the stream of the request's body failed",
        _BROKEN_STREAMS[init],
        "abandon",
    ]


def test_an_error_says_what_the_trusted_side_says(ask: Evaluate) -> None:
    source = """
        const it = fetch('http://a');
        const error = { code: 'exceeded_fetch', message: 'too', limit: 'x', value: 50, used: 51 };
        reply(1, { end: true, error });
        return it.catch((thrown) => [`${thrown}`, thrown.cause, kinds()]);
    """

    assert ask(source) == [
        "TypeError: too",
        {"code": "exceeded_fetch", "limit": "x", "value": 50, "used": 51},
        ["fetch"],
    ]


def test_an_error_without_a_limit_names_none(ask: Evaluate) -> None:
    source = """
        const it = fetch('http://a');
        reply(1, { end: true, error: { code: 'tls', message: 'bad' } });
        return it.catch((thrown) => Object.entries(thrown.cause));
    """

    assert ask(source) == [["code", "tls"]]


@pytest.mark.parametrize(
    "read", ["it.text()", "it.clone().json()", "it.body.getReader().closed",
             "((it) => it.read().then(() => it.read()))(it.body.getReader())"]
)  # fmt: skip
def test_a_body_that_breaks_off_fails_its_reader(ask: Evaluate, read: str) -> None:
    source = f"""
        const it = await answered();
        const reading = failure({read});
        reply(1, {{ chunk: true }}, bytesOf('a'));
        await tick();
        reply(1, {{ end: true, error: {{ code: 'protocol', message: 'it broke off' }} }});
        return reading;
    """

    assert ask(source) == "TypeError: it broke off"
