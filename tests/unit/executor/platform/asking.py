"""A double of the trusted side, which sources of a test speak for."""

from collections.abc import Iterator
from contextlib import contextmanager

from isolambda_executor.engine import Engine
from tests.unit.executor.platform.evaluating import Evaluate, open_isolate

_END = "return entry;"
_DOUBLE = """
const repliesTo = { __proto__: null };
let latest = 0;
const messages = [];
globalThis.asked = messages;
globalThis.reply = (id, fields, bytes) => repliesTo[id]({ __proto__: null, id, ...fields }, bytes);
const note = (message) => {
  const value = parse(stringify(message));
  const whole = { __proto__: null, value, writable: true, enumerable: true, configurable: true };
  defineProperty(messages, messages.length, whole);
};
const withBytes = (bytes) => (bytes === undefined ? {} : { bytes: bytes.toBase64() });
host.begin = (kind, fields, onReply) => {
  latest++;
  repliesTo[latest] = onReply;
  note({ id: latest, kind, ...fields });
  return latest;
};
host.send = (id, fields, bytes) => {
  if (globalThis.refusal !== undefined) throw refusal;
  note({ id, kind: 'send', ...fields, ...withBytes(bytes) });
};
host.abandon = (id) => note({ id, kind: 'abandon' });
"""

_HELPERS = """
    const plain = { status: 200, statusText: 'OK', headers: [], redirected: false };
    const head = (of = {}) => ({ head: { ...plain, url: 'http://a/', ...of } });
    const bytesOf = (text) => new TextEncoder().encode(text);
    const tick = () => new Promise((resolve) => setTimeout(resolve, 1));
    const failure = (promise) => promise.then(() => 'no failure', (thrown) => `${thrown}`);
    const streamed = (pull, more = {}) => (
        { method: 'POST', duplex: 'half', body: new ReadableStream({ pull, ...more }) }
    );
    // Returns the response to a GET whose head has come.
    const answered = async (init, of) => {
        const response = fetch('http://a/', init);
        reply(asked.at(-1).id, head(of));
        return response;
    };
    const kinds = () => asked.map(({ kind, credit, chunk, last }) =>
        (credit ? `credit ${credit}` : chunk ? 'chunk' : last ? 'last' : kind));
    const sent = () => asked.filter(({ chunk }) => chunk).map(({ bytes }) => atob(bytes));
"""


@contextmanager
def open_asking(engine: Engine, context: str = "{}") -> Iterator[Evaluate]:
    """Give what evaluates sources in one isolate, where they see what code asks.

    ``asked`` lists the messages; ``reply(id, fields, bytes)`` is called as the worker would.
    ``refusal`` is thrown for what would be over a limit.
    """
    whole = engine.prelude
    before, _, after = whole.rpartition(_END)
    engine.prelude = f"{before}{_DOUBLE}{_END}{after}"
    try:
        with open_isolate(engine, context) as evaluate:
            yield lambda source: evaluate(f"{_HELPERS} {source}")
    finally:
        engine.prelude = whole
