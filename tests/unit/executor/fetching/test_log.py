"""A request is a line of the log at DEBUG, in which nothing of its URL is but the host."""

import logging

import pytest

from tests.support.fetching import fetching
from tests.support.raw_servers import Answering, serving

LOGGER = "isolambda_executor.fetching.records"
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-private: 1\r\n\r\nhi"


@pytest.mark.parametrize("level", [logging.DEBUG, logging.INFO])
def test_a_request_is_a_line_at_debug_alone(level: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(level, LOGGER)
    with serving(Answering(OK)) as port, fetching("127.0.0.1") as isolate:
        url = f"http://127.0.0.1:{port}/private?private=1"
        isolate.fetch(url, headers=[("x-private", "1")])

    lines = [record.getMessage() for record in caplog.records if record.name == LOGGER]
    assert lines == [f"{'e' * 32}: GET 127.0.0.1:{port}: 200"] * (level == logging.DEBUG)
    assert all("private" not in str(vars(record)) for record in caplog.records)
