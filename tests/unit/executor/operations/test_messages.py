"""A function asks the trusted side for operations, and hears the replies."""

import threading

import pytest

from isolambda_core.domain.limits import (
    REPLY_BYTES,
    REPLY_FIELDS_BYTES,
)
from tests.support.waiting import WAIT_S
from tests.unit.executor.operations.operating import BOTH_WAYS, Executes, Message, Performed, Reply


@BOTH_WAYS
def test_a_message_arrives_as_it_is_and_so_does_its_reply(
    performed: Performed, execute: Executes
) -> None:
    found = performed.run(
        r"return (await ask({ text: 'é\u2028\ud800😀\n\t', list: [1.5, null, {}] })).fields",
        execute,
    )

    fields: Message = {"text": "é\u2028\ud800😀\n\t", "list": [1.5, None, {}]}
    assert found["echo"] == {**fields, "kind": "test", "id": found["id"]}
    assert performed.last.taken == [found["echo"]]
    assert found["id"] > 0


@BOTH_WAYS
@pytest.mark.parametrize("size", [1, 1_000, REPLY_BYTES])
def test_bytes_arrive_as_they_are_both_ways(
    performed: Performed, execute: Executes, size: int
) -> None:
    source = f"""
    const sent = Uint8Array.from({{ length: {size} }}, (_, i) => i * 7);
    const {{ bytes }} = await ask({{ more: true }}, sent);
    return [bytes.length, bytes instanceof Uint8Array, sent.every((byte, i) => bytes[i] === byte)];
    """

    assert performed.run(source, execute) == [size, True, True]


def test_a_reply_without_bytes_has_none(performed: Performed) -> None:
    assert performed.run("return typeof (await ask({})).bytes") == "undefined"


@BOTH_WAYS
def test_replies_come_in_order_and_promises_settle_between_them(
    performed: Performed, execute: Executes
) -> None:
    def count(_: Message, reply: Reply) -> None:
        for number in range(20):
            reply(number=number, end=number == 19)

    performed.by(count)
    source = """
    const seen = [];
    await new Promise((resolve) => host.begin('test', {}, ({ number, end }) => {
      seen.push(number);
      Promise.resolve().then(() => seen.push('then')).then(() => end && resolve());
    }));
    return seen;"""

    expected = [each for number in range(20) for each in (number, "then")]
    assert performed.run(source, execute) == expected


@pytest.mark.parametrize("size", [16_000, 16_384, 20_000, 200_000, REPLY_FIELDS_BYTES - 100])
def test_a_reply_with_long_fields_arrives_as_it_is(performed: Performed, size: int) -> None:
    performed.by(lambda _, reply: reply(text="x" * (size - 1) + "é", end=True))

    assert performed.run(
        "const { text } = (await ask({})).fields; return [text.length, text.at(-1)]"
    ) == [size, "é"]


def test_what_comes_after_the_last_reply_is_not_seen(performed: Performed) -> None:
    def perform(_: Message, reply: Reply) -> None:
        for number in range(3):
            reply(number=number, end=True)

    performed.by(perform)
    source = """
    const seen = [];
    host.begin('test', {}, ({ number }) => seen.push(number));
    await new Promise((resolve) => host.begin('test', {}, resolve));
    return [seen, host.pending()];"""

    seen, pending = performed.run(source)

    assert seen in ([0], [])
    assert pending == (not seen)


def test_a_reply_to_no_operation_is_not_seen(performed: Performed) -> None:
    def perform(message: Message, reply: Reply) -> None:
        for other in (message["id"] + 1, message["id"] + 1_000, 2**31 - 1):
            performed.last.send({"id": other, "text": "x" * 20_000}, b"x")
        reply(end=True)

    performed.by(perform)

    assert performed.run("return Object.keys((await ask({})).fields)") == ["id", "end"]


def test_an_abandoned_operation_is_told_and_its_replies_are_not_seen(performed: Performed) -> None:
    abandoned = threading.Event()

    def perform(message: Message, reply: Reply) -> None:
        match message["kind"]:
            case "abandon":
                reply(late=True)
                abandoned.set()
            case "test":
                reply(end=bool(message.get("last")) and abandoned.wait(WAIT_S))

    performed.by(perform)
    source = """
    const seen = [];
    const id = await new Promise((resolve) => {
      const id = host.begin('test', {}, (fields) => { seen.push(fields); resolve(id); });
    });
    host.abandon(id);
    host.abandon(id);
    host.send(id, {}, undefined);
    const pending = host.pending();
    await ask({ last: true });
    return [id, seen, pending];"""

    number, seen, pending = performed.run(source)

    assert (seen, pending) == ([{"id": number, "end": False}], 0)
    kinds = [(each["kind"], each["id"]) for each in performed.last.taken]
    assert kinds == [("test", number), ("abandon", number), ("test", number + 1)]


def test_timers_and_replies_do_not_wait_for_each_other(performed: Performed) -> None:
    ticks = threading.Semaphore(0)

    def perform(message: Message, reply: Reply) -> None:
        if message["kind"] == "send":
            ticks.release()
            return
        for _ in range(3):
            ticks.acquire(timeout=WAIT_S)
        reply(end=True)

    performed.by(perform)
    source = """
    let id;
    const interval = setInterval(() => {
      for (const until = Date.now() + 3; Date.now() < until;);  // longer than its pause
      host.send(id, {}, undefined);
    }, 1);
    await new Promise((resolve) => { id = host.begin('test', {}, resolve); });
    clearInterval(interval);
    return host.pending();"""

    assert performed.run(source) == 0


def test_a_rejection_is_told_while_a_reply_is_waited_for(performed: Performed) -> None:
    asks: list[Reply] = []

    def perform(message: Message, reply: Reply) -> None:
        if message["kind"] == "test":
            asks.append(reply)
        else:
            asks[-1](end=True)

    performed.by(perform)
    source = """
    let id;
    addEventListener('unhandledrejection', () => host.send(id, {}, undefined));
    await new Promise((resolve) => { id = host.begin('test', {}, resolve); Promise.reject(1); });
    return host.pending();"""

    assert performed.run(source) == 0


def test_a_timer_is_due_while_a_reply_is_waited_for(performed: Performed) -> None:
    performed.only("send", lambda message, _: performed.last.send({**message, "end": True}))
    source = """
    let id;
    await new Promise((resolve) => {
      id = host.begin('test', {}, resolve);
      setTimeout(() => host.send(id, {}, undefined), 1);
    });
    return host.pending();"""

    assert performed.run(source) == 0


def test_an_error_in_what_hears_a_reply_is_told_and_harms_nothing_else(
    performed: Performed,
) -> None:
    source = """
    host.begin('test', {}, () => { throw new Error('mine'); });
    return (await ask({})).fields.end;"""

    result = performed.result(source)

    assert result.result == b"true"
    assert any("mine" in line.text for line in result.logs)


@pytest.mark.parametrize("size", [100, 1_000_000])
def test_many_messages_at_once_all_arrive(performed: Performed, size: int) -> None:
    source = f"""
    const text = 'é'.repeat({size});
    const all = Array.from({{ length: 10 }}, (_, number) => ask({{ number, text }}));
    return (await Promise.all(all)).map(({{ fields }}) => fields.number);"""
    performed.by(lambda message, reply: reply(number=message["number"], end=True))

    assert performed.run(source) == list(range(10))
    assert all(message["text"] == "é" * size for message in performed.last.taken)


def test_the_result_says_what_was_fetched(performed: Performed) -> None:
    result = performed.result("await ask({}); await ask({}); return 1")

    assert [record.host for record in result.fetches] == ["test.example"] * 2
    assert result.usage.fetches == 2
