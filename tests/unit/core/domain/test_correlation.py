"""Each line of a log names its request, and is dropped below the level of its logger."""

import logging
from contextvars import Context

from isolambda_core.domain.correlation import correlate, request_filter
from tests.support.samples import ORIGIN, Keep
from tests.support.services import Machine


def line(level: int = logging.INFO) -> logging.LogRecord:
    return logging.LogRecord("name", level, "path", 1, "message", None, None)


def test_a_line_names_the_request_that_is_being_served() -> None:
    marked, mark = line(), request_filter(lambda: logging.INFO)

    def serve() -> None:
        correlate("r1")
        mark(marked)

    Context().run(serve)

    assert marked.__dict__["correlation_id"] == "r1"


def test_a_line_outside_of_that_names_none() -> None:
    marked, elsewhere = line(), Context()
    Context().run(correlate, "r1")

    elsewhere.run(request_filter(lambda: logging.INFO), marked)

    assert marked.__dict__["correlation_id"] is None


def test_while_a_message_is_performed_it_is_the_request_that_asked_for_the_execution(
    machine: Machine, keep: Keep
) -> None:
    keep()
    message, marked, context = machine.submit(), line(), Context()

    context.run(machine.dispatch.perform, message, 1)
    context.run(request_filter(lambda: logging.INFO), marked)

    assert marked.__dict__["correlation_id"] == ORIGIN.request_id


def test_the_level_is_that_of_the_moment() -> None:
    level = logging.INFO
    keeps = request_filter(lambda: level)
    assert not keeps(line(logging.DEBUG))

    level = logging.DEBUG
    assert keeps(line(logging.DEBUG))
