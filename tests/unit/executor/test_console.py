"""Console lines are there however an execution ends, as many as fit, and no others."""

import json
import os
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isolambda_core.domain.executions.execution import (
    LogLine,
    Outcome,
)
from isolambda_core.domain.limits import LINE_HEAD_BYTES, LOG_BYTES, Limits
from isolambda_executor.console import CONSOLE_BYTES, Console, MalformedLinesError, open_console
from isolambda_executor.supervisor import Supervisor
from tests.unit.executor.printing import Printer
from tests.unit.executor.supervised import UNSTOPPABLE, run

LIMITS = Limits(log_bytes=64)
LINE = struct.pack("<II", 3 | 7 << 8, 4) + b"look"


def held(written: bytes, used: int | None = None) -> Console:
    """Return a console in whose memory this lies."""
    descriptor = open_console()
    os.pwrite(descriptor, struct.pack("<Q", len(written) if used is None else used) + written, 0)
    return Console(descriptor)


def test_lines_are_read_as_they_were_written() -> None:
    empty = struct.pack("<II", 0, 0)

    lines = held(LINE + empty).lines(LIMITS, 10.0)

    assert lines == (LogLine("warn", "look", 7), LogLine("log", "", 0))


def test_no_line_is_there_once_the_console_is_cleared() -> None:
    console = held(LINE)

    console.clear()

    assert console.lines(LIMITS, 10.0) == ()


def test_no_process_can_make_the_file_shorter_that_the_supervisor_reads() -> None:
    descriptor = open_console()
    Console(descriptor)

    with pytest.raises(PermissionError):
        os.ftruncate(descriptor, 0)


@pytest.mark.parametrize(
    "console",
    [
        held(LINE[:7]),
        held(LINE[:-1]),
        held(LINE + b"\x00"),
        held(struct.pack("<II", 5, 0)),
        held(struct.pack("<II", 0xFF, 0)),
        held(struct.pack("<II", 0, 2) + b"\xff\xff"),
        held(struct.pack("<II", 0, 2**32 - 1)),
        held(struct.pack("<II", 2_000 << 8, 0)),
        held(struct.pack("<II", 0, 64) + b"x" * 64),
        held(LINE, used=CONSOLE_BYTES),
        held(LINE, used=2**64 - 1),
    ],
)
def test_what_is_no_list_of_lines_is_refused(console: Console) -> None:
    with pytest.raises(MalformedLinesError):
        console.lines(LIMITS, 10.0)


@given(st.binary(max_size=64))
def test_any_bytes_are_lines_or_refused(written: bytes) -> None:
    try:
        lines = held(written).lines(LIMITS, 1e6)
    except MalformedLinesError:
        return
    assert sum(LINE_HEAD_BYTES + len(line.text) for line in lines) <= len(written)


ENDS = {
    "an array that grows": "const a = []; for (;;) a.push(new Array(1000).fill(1.5));",
    "objects": "const a = []; for (let i = 0; ; i++) a.push({i, b: {c: [i]}});",
    "a map": "const m = new Map(); for (;;) m.set({}, {});",
    "texts": "const a = []; for (let i = 0; ; i++) { const t = ('k' + i).repeat(1e5);"
    " t.charCodeAt(3); a.push(t); }",
    "buffers": "const a = []; for (;;) a.push(new Uint8Array(1 << 20).fill(1));",
    "one large buffer": "new Uint8Array(1 << 30);",
    "timers": "const a = []; const f = () => { for (let i = 0; i < 1e3; i++)"
    " a.push(new Array(1000).fill(1.5)); setTimeout(f, 1); }; f(); await new Promise(() => {});",
    "an abort of V8's": "'x'.repeat(2 ** 29 - 24).split('');",
    "another abort of V8's": "Array.prototype.sort.call({length: 2 ** 53 - 1});",
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_lines_written_before_memory_ends_are_there(supervisor: Supervisor, end: str) -> None:
    assert lines_before(supervisor, end) is Outcome.EXCEEDED_MEMORY


def test_lines_written_before_endless_microtasks_are_there(supervisor: Supervisor) -> None:
    end = "const f = () => Promise.resolve().then(f); f(); await new Promise(() => {});"

    # Near its limit V8 may collect garbage until time is over.
    ends = (Outcome.EXCEEDED_MEMORY, Outcome.EXCEEDED_WALL_TIME)
    assert lines_before(supervisor, end) in ends


def lines_before(supervisor: Supervisor, end: str) -> Outcome:
    """Return how a source ended that wrote two lines before; both must be there."""
    result = run(supervisor, f"console.log('before'); console.warn('é\\n😀'); {end}")
    assert [(line.level, line.text) for line in result.logs] == [
        ("log", "before"),
        ("warn", "é\n😀"),
    ]
    return result.outcome


@pytest.mark.parametrize(
    "end",
    [
        f"{UNSTOPPABLE};",
        "new Array(2 ** 32 - 1).fill(0);",
        "Promise.resolve().then(() => { while (true); }); await 1; await new Promise(() => {});",
        "while (true);",
        "setTimeout(() => { while (true); }, 1); await new Promise(() => {});",
    ],
)
def test_lines_written_before_the_wall_time_is_over_are_there(
    supervisor: Supervisor, end: str
) -> None:
    result = run(supervisor, f"console.info('before'); {end}", wall_time_ms=100)

    assert result.outcome is Outcome.EXCEEDED_WALL_TIME
    assert [(line.level, line.text) for line in result.logs] == [("info", "before")]


def test_lines_of_an_execution_are_not_those_of_the_next(supervisor: Supervisor) -> None:
    run(supervisor, "console.log('mine'); setTimeout(() => console.log('late'), 1)")

    assert run(supervisor, "return 1").logs == ()
    assert run(supervisor, "return (").logs == ()


def test_memory_that_an_isolate_gives_back_is_shared_with_no_process(printer: Printer) -> None:
    source = "globalThis.kept = Array.from({length: 200}, () => new Uint8Array(4096).fill(65));"

    assert [printer.lines(source) for _ in range(3)] == [[], [], []]


def used(lines: list[tuple[str, str]]) -> int:
    return sum(LINE_HEAD_BYTES + len(text.encode("utf-8", "surrogatepass")) for _, text in lines)


LONG = [
    "'x'.repeat(70000)",
    "'é'.repeat(40000)",
    "'a' + '😀'.repeat(20000)",
    "'\\ud800'.repeat(30000)",
    "'x'.repeat(30000), 'y'.repeat(40000)",
    "{list: Array(100).fill('x'.repeat(5000))}",
]
FILLS = {
    "nothing": "",
    "short lines": "for (let i = 0; i < 600; i++) console.log('0123456789'.repeat(10));",
    "a line that just fits": "console.log('x'.repeat(63000));",
    "long lines": "for (let i = 0; i < 4; i++) console.log('y'.repeat(70000));",
}


@pytest.mark.parametrize("long", LONG)
@pytest.mark.parametrize("fill", FILLS.values(), ids=FILLS)
def test_a_line_that_is_too_long_is_cut_and_leaves_room_for_a_short_one(
    printer: Printer, fill: str, long: str
) -> None:
    lines = printer.lines(
        f"{fill} console.log({long}); console.error('the reason: ' + 'r'.repeat(20))"
    )

    assert lines[-1] == ("error", "the reason: " + "r" * 20)
    assert lines[-2][1].endswith("the limit log_bytes is 65536 bytes)")
    assert "… (cut: " in lines[-2][1]
    assert used(lines) <= LOG_BYTES


@pytest.mark.parametrize("character", ["x", "é", "€", "😀", "\ud800"])
@pytest.mark.parametrize("before", range(4))
def test_no_character_is_cut_in_two(printer: Printer, character: str, before: int) -> None:
    long = f"'a'.repeat({before}) + {json.dumps(character)}.repeat(70000)"

    [(_, cut)] = printer.lines(f"console.log({long})")

    head, _, _ = cut.partition("… (cut: ")
    assert head == "a" * before + character * (len(head) - before)
    assert used([("log", cut)]) > LOG_BYTES - 3_000


def test_what_has_no_room_is_reported_once_and_shorter_lines_still_fit(printer: Printer) -> None:
    lines = printer.lines(
        "for (let i = 0; i < 20; i++) console.log('0123456789'.repeat(4)); console.log('.');", 512
    )

    notices = [text for level, text in lines if level == "warn"]
    assert notices == ["the limit log_bytes is 512 bytes; what has no room is not kept"]
    assert lines[-1] == ("log", ".")
    assert used(lines) <= 512


def test_many_lines_are_kept_up_to_the_limit(printer: Printer) -> None:
    lines = printer.lines("for (let i = 0; i < 1e5; i++) console.log('')")

    assert len(lines) > LOG_BYTES // LINE_HEAD_BYTES - 30
    assert used(lines) <= LOG_BYTES


@pytest.mark.parametrize("log_bytes", [0, 1, 8, 9, 95, 96, 97, 120, 200, 300])
def test_the_smallest_limits_hold(printer: Printer, log_bytes: int) -> None:
    lines = printer.lines(
        "for (let i = 0; i < 50; i++) { console.log('x'.repeat(i)); console.log('😀'); }", log_bytes
    )

    assert used(lines) <= log_bytes
