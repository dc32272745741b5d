"""The log is written whatever becomes of who reads it, and no line ever waits for that one."""

import fcntl
import json
import logging
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from select import PIPE_BUF
from threading import Thread

import pytest
from typing_extensions import override

from isolambda_core.domain.correlation import correlate
from isolambda_core.domain.limits import LOG_WAITING_BYTES
from isolambda_local.logs.output import LogOutput, log_to
from isolambda_local.settings import LogFormat, LogLevel

PIPE_BYTES = 4_096
LINE = "x" * 500


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Leave the loggers of this process as they were."""
    names = [None, *(name for name in logging.root.manager.loggerDict if "." not in name)]
    levels = {name: logging.getLogger(name).level for name in [*names, "isolambda_local"]}
    handlers, hook = logging.getLogger().handlers[:], threading.excepthook
    yield
    logging.getLogger().handlers[:] = handlers
    logging.captureWarnings(capture=False)
    threading.excepthook = hook
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """A pipe that is full after a few lines."""
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    yield reading, writing
    for end in (reading, writing):
        try:
            os.close(end)
        except OSError:  # the test has closed it
            continue


def log_of(descriptor: int, level: LogLevel = LogLevel.INFO) -> LogOutput:
    return log_to(descriptor, LogFormat.JSON, level)


def lines_in(text: bytes) -> list[str]:
    return [json.loads(line)["message"] for line in text.decode().splitlines()]


def fill(count: int) -> None:
    for number in range(count):
        logging.getLogger("isolambda_local").info("%d %s", number, LINE)


def test_lines_are_written_in_their_order(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as file, log_of(file.fileno()).writing():
        fill(100)

    written = lines_in((tmp_path / "log").read_bytes())
    assert written == [f"{number} {LINE}" for number in range(100)]


def test_a_line_has_the_id_of_the_request_that_it_is_about(tmp_path: Path) -> None:
    def serve(request_id: str) -> None:
        correlate(request_id)
        logging.getLogger("isolambda_api").info("it")

    with (tmp_path / "log").open("wb") as file:
        log = log_of(file.fileno())
        with log.writing():
            for request_id in ("r-1", "r-2"):
                thread = Thread(target=serve, args=(request_id,))
                thread.start()
                thread.join()

    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert [line["correlation_id"] for line in lines] == ["r-1", "r-2"]


def test_lines_below_the_level_are_not_written_nor_those_of_libraries(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as file:
        log_of(file.fileno(), LogLevel.DEBUG)
        logging.getLogger("isolambda_local").debug("ours")
        logging.getLogger("httpcore").info("GET /secret")
        logging.getLogger("httpcore").warning("theirs")
        log_of(file.fileno(), LogLevel.ERROR)
        logging.getLogger("isolambda_local").warning("ours")
        logging.getLogger("isolambda_local").error("an error")

    assert lines_in((tmp_path / "log").read_bytes()) == ["ours", "theirs", "an error"]


def test_lines_are_written_in_pieces_that_several_processes_write_to_one_pipe() -> None:
    log_end, reading = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    long = "y" * 2 * PIPE_BUF
    pieces: list[bytes] = []

    def read_all() -> None:
        while piece := reading.recv(16 * PIPE_BUF):  # what one call has written
            pieces.append(piece)

    reader = Thread(target=read_all)
    log = log_of(log_end.fileno())
    reader.start()
    with log_end, reading:
        with log.writing():
            fill(50)
            logging.getLogger("isolambda_local").info(long)
            fill(50)
        log_end.shutdown(socket.SHUT_WR)
        reader.join()

    assert all(piece.endswith(b"\n") for piece in pieces)
    assert [line for piece in pieces if len(piece) > PIPE_BUF for line in lines_in(piece)] == [long]
    assert len(lines_in(b"".join(pieces))) == 101


def test_a_pipe_that_nobody_reads_keeps_no_line_waiting_and_the_lost_are_counted(
    pipe: tuple[int, int],
) -> None:
    reading, writing = pipe
    log = log_of(writing)
    read = bytearray()

    def read_all() -> None:
        while piece := os.read(reading, 65_536):
            read.extend(piece)

    reader = Thread(target=read_all)
    with log.writing():
        count = 2 * LOG_WAITING_BYTES // len(LINE)
        fill(count)  # returns, though the pipe took eight of them
        reader.start()
    os.close(writing)
    reader.join()

    lines = lines_in(bytes(read))
    lost = [int(line.split()[0]) for line in lines if "were dropped" in line]
    assert len(lines) - len(lost) + sum(lost) == count
    assert len(lines) * len(LINE) < 1.1 * LOG_WAITING_BYTES


def test_a_pipe_that_nobody_reads_holds_up_the_end_for_a_moment_only(
    pipe: tuple[int, int],
) -> None:
    log = log_of(pipe[1])

    with log.writing():
        fill(100)

    fill(1)  # nor does a line after the end wait


def test_a_process_without_a_thread_drops_what_a_full_pipe_does_not_take(
    pipe: tuple[int, int],
) -> None:
    reading, writing = pipe
    log_of(writing)
    os.write(writing, bytes(PIPE_BYTES))

    fill(3)
    assert os.read(reading, PIPE_BYTES) == bytes(PIPE_BYTES)
    fill(1)

    assert lines_in(os.read(reading, PIPE_BYTES)) == [
        "3 lines of the log were dropped: it took none",
        f"0 {LINE}",
    ]


def test_a_disk_that_is_full_stops_nothing() -> None:
    with Path("/dev/full").open("wb", buffering=0) as full, log_of(full.fileno()).writing():
        fill(1_000)


def test_a_pipe_whose_reader_is_gone_stops_nothing(pipe: tuple[int, int]) -> None:
    os.close(pipe[0])

    with log_of(pipe[1]).writing():
        fill(1_000)


def test_a_line_that_cannot_be_made_is_told_and_stops_nothing(tmp_path: Path) -> None:
    class Unprintable:
        @override
        def __str__(self) -> str:
            raise ZeroDivisionError

    with (tmp_path / "log").open("wb") as file:
        log_of(file.fileno())
        logging.getLogger("isolambda_local").info("%s", Unprintable())
        logging.getLogger("isolambda_local").info("%d", "none")
        fill(1)

    written = lines_in((tmp_path / "log").read_bytes())
    assert written == ["isolambda_local: a line could not be formatted"] * 2 + [f"0 {LINE}"]


def test_the_end_of_a_thread_by_an_error_is_one_line(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as file:
        log_of(file.fileno())
        thread = Thread(target=lambda: 1 // 0)
        thread.start()
        thread.join()

    [line] = (tmp_path / "log").read_text().splitlines()
    assert json.loads(line)["message"] == "a thread ended"
    assert "ZeroDivisionError" in json.loads(line)["exception"]
