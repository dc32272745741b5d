"""Message channels, on the loop of an execution."""

import pytest

from tests.unit.executor.platform.evaluating import Run
from tests.unit.executor.printing import Printer

_CHANNEL = "const { port1, port2 } = new MessageChannel(), seen = [];"
_LATER = "for (let turn = 0; turn < 10; turn++) await new Promise((done) => setTimeout(done));"


def test_messages_arrive_in_order_whenever_the_port_starts(run: Run) -> None:
    seen = run(
        f"{_CHANNEL} port1.postMessage(1); {_LATER} port1.postMessage(2);"
        "port2.onmessage = ({ data }) => seen.push(data);"
        f"port1.postMessage(3); {_LATER} return seen"
    )

    assert seen == [1, 2, 3]


def test_a_port_that_is_transferred_takes_its_messages_along(run: Run) -> None:
    seen = run(
        f"{_CHANNEL} const inner = new MessageChannel(); inner.port1.postMessage('before');"
        "port2.onmessage = ({ data, ports }) => { seen.push(data.port === ports[0]);"
        "    ports[0].onmessage = ({ data }) => seen.push(data) };"
        "port1.postMessage({ port: inner.port2 }, [inner.port2]);"
        f"inner.port1.postMessage('under way'); {_LATER}"
        f"inner.port1.postMessage('after'); {_LATER} return seen"
    )

    assert seen == [True, "before", "under way", "after"]


def test_an_execution_does_not_wait_for_an_idle_port(printer: Printer) -> None:
    lines = printer.lines(
        "const { port1 } = new MessageChannel(); port1.onmessage = () => {};console.log('ended')"
    )

    assert lines == [("log", "ended")]


def test_a_message_that_an_execution_left_comes_before_those_of_the_next(printer: Printer) -> None:
    source = f"""
        globalThis.channel ??= new MessageChannel();
        globalThis.n = (globalThis.n ?? 0) + 1;
        channel.port2.onmessage = ({{ data }}) => console.log(data);
        channel.port1.postMessage(n);
        if (n > 1) {_LATER}
        """

    assert printer.lines(source, times=2) == [("log", "1"), ("log", "2")]


def test_messages_are_clones_of_what_the_value_was_when_it_was_posted(run: Run) -> None:
    seen = run(
        f"{_CHANNEL} const value = {{ n: 1 }}; port1.postMessage(value); value.n = 2;"
        f"port2.onmessage = ({{ data }}) => seen.push(data.n); {_LATER} return seen"
    )

    assert seen == [1]


def test_timers_have_their_turn_between_endless_messages(run: Run) -> None:
    seen = run(
        f"{_CHANNEL} let turns = 0; port2.onmessage = () => {{ turns++; port1.postMessage(0) }};"
        f"port1.postMessage(0); {_LATER} return turns > 0"
    )

    assert seen is True


@pytest.mark.parametrize(
    "post",
    [
        "port1.postMessage(0, [port1])",
        "port1.postMessage(port2)",
        "port1.postMessage(() => {})",
        "port1.postMessage(0, { transfer: [port2, port2] })",
    ],
)
def test_what_cannot_be_posted_is_a_data_clone_error(post: str, run: Run) -> None:
    assert run(f"{_CHANNEL} try {{ {post} }} catch (e) {{ return e.name }}") == "DataCloneError"


def test_the_other_end_of_a_port_that_closes_hears_of_it_once(run: Run) -> None:
    seen = run(
        f"{_CHANNEL} port2.onclose = ({{ type }}) => seen.push(type);"
        f"port1.close(); port1.close(); port1.postMessage(1); {_LATER} return seen"
    )

    assert seen == ["close"]
