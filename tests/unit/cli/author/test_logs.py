"""``isolambda logs``: what is shown of each execution, and a server that goes and comes back."""

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from isolambda_cli.api import log_stream
from tests.unit.cli.fake_api import URL, FakeApi, Reply, data, refusal
from tests.unit.cli.installations import isolambda

ID = "1" * 32


def entry(number: int, **more: Any) -> dict[str, Any]:
    return {
        "execution_id": f"{number:032x}",
        "function_id": ID,
        "outcome": "ok",
        "status": "succeeded",
        "error": None,
        "logs": [],
        "usage": {"wall_ms": 5},
        "created_ms": 1_764_468_000_000,
        "ended_ms": 1_764_468_000_000 + number,
        **more,
    }


FAILED = entry(
    2,
    outcome="exception",
    error={"name": "Error", "message": "no", "line": 3, "column": 9, "file": "src/greet.ts"},
    logs=[{"level": "log", "text": "a\nb\x1b[31m", "at_ms": 1}],
)


@pytest.fixture(autouse=True)
def _named(fake: FakeApi) -> None:
    fake.handlers[f"GET functions/{ID}"] = data({"id": ID, "name": "gr\x1beet"})


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Have no pause take time, and note how long each would be."""
    found: list[float] = []
    monkeypatch.setattr(log_stream, "sleep", found.append)
    return found


def answers(fake: FakeApi, *replies: Reply) -> None:
    """Have the logs answer in turn, and the author press Ctrl-C after the last."""

    def turns() -> Iterator[Reply]:
        yield from replies
        raise KeyboardInterrupt

    left = turns()
    fake.handlers["GET logs"] = lambda _: next(left)


def page(cursor: str, *entries: dict[str, Any]) -> httpx2.Response:
    return data({"entries": list(entries), "cursor": cursor})


def asked(fake: FakeApi) -> list[dict[str, str]]:
    return [dict(one.url.params) for one in fake.requests if one.url.path.endswith("/logs")]


def test_each_execution_has_a_line_and_below_it_its_console_and_its_error(fake: FakeApi) -> None:
    answers(fake, page("c1", entry(1), FAILED))

    result = isolambda("logs")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        f"2025-11-30T02:00:00.001Z gr\\x1beet ok 5 ms {1:032x}",
        f"2025-11-30T02:00:00.002Z gr\\x1beet exception 5 ms {2:032x}",
        "  log    a",
        "         b\\x1b[31m",
        "  Error: no",
        "      at src/greet.ts:3:9",
    ]


def test_json_is_one_line_an_execution_as_the_api_has_it(fake: FakeApi) -> None:
    answers(fake, page("c1", entry(1), FAILED))

    lines = isolambda("logs", "--json").stdout.splitlines()

    assert [json.loads(line) for line in lines] == [entry(1), FAILED]
    assert fake.asked == ["GET logs"]


def test_a_function_and_failures_alone_are_asked_for(fake: FakeApi) -> None:
    answers(fake, page("c1"))

    isolambda("logs", ID, "--failed", "--number", "7")

    assert asked(fake) == [{"page_size": "7", "function_id": ID, "failed": "true"}]


def test_an_account_that_recorded_nothing_is_told_from_one_without_an_answer(
    fake: FakeApi,
) -> None:
    answers(fake, page("c1"), page("c1"))

    result = isolambda("logs")

    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.startswith("isolambda: nothing is recorded yet; record = ")
    assert isolambda("logs", "--json").output == ""


def test_to_follow_is_to_ask_behind_the_cursor_until_ctrl_c(fake: FakeApi) -> None:
    answers(fake, page("c1", entry(1)), page("c2"), page("c3", entry(2)))

    result = isolambda("logs", "--follow")

    assert (result.exit_code, result.stderr) == (130, "")
    assert len(result.stdout.splitlines()) == 2
    assert asked(fake)[1:] == [
        {"after": cursor, "wait_s": "20", "page_size": "100"} for cursor in ("c1", "c2", "c3")
    ]


def test_a_server_that_goes_away_is_asked_again_until_it_is_back(
    fake: FakeApi, pauses: list[float]
) -> None:
    answers(
        fake,
        page("c1", entry(1)),
        httpx2.ConnectError("refused"),
        httpx2.ReadTimeout(""),
        refusal(503, {"message": "busy"}),
        httpx2.Response(502, text="<html>", headers={"Content-Type": "text/html"}),
        page("c2", entry(2)),
    )

    result = isolambda("logs", "-f")

    assert result.exit_code == 130
    assert len(result.stdout.splitlines()) == 2
    assert result.stderr == (
        f"isolambda: {URL} is not reached: refused; trying again\nisolambda: {URL} is back\n"
    )
    assert [each["after"] for each in asked(fake)[1:]] == ["c1"] * 5 + ["c2"]
    assert pauses == [0.25, 0.5, 1.0, 2.0]


def test_a_server_that_says_when_to_ask_again_is_asked_then(
    fake: FakeApi, pauses: list[float]
) -> None:
    busy = refusal(429, {"message": "too many"}, **{"Retry-After": "7"})
    answers(fake, page("c1"), busy, page("c2", entry(1)))

    isolambda("logs", "-f")

    assert pauses == [7.0]


def test_a_server_that_does_not_wait_is_not_asked_all_the_time(
    fake: FakeApi, pauses: list[float]
) -> None:
    answers(fake, page("c1"), page("c1"), page("c1", entry(1)))

    isolambda("logs", "-f")

    assert pauses == [0.5]


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (refusal(401, {}), "the server does not know this key"),
        (refusal(403, {}), "this key may not do that"),
        (httpx2.Response(301, headers={"Location": "http://else"}), "redirects to http://else"),
    ],
)
def test_what_does_not_pass_by_itself_ends_it(
    fake: FakeApi, reply: httpx2.Response, message: str
) -> None:
    answers(fake, page("c1", entry(1)), reply)

    result = isolambda("logs", "-f")

    assert result.exit_code == 1
    assert message in result.stderr


def test_a_server_that_is_away_from_the_start_is_an_error(fake: FakeApi) -> None:
    answers(fake, httpx2.ConnectError("refused"))

    result = isolambda("logs", "-f")

    assert (result.exit_code, result.stderr) == (1, f"isolambda: {URL} is not reached: refused\n")


def test_a_function_that_is_gone_is_called_by_its_id(fake: FakeApi) -> None:
    del fake.handlers[f"GET functions/{ID}"]
    answers(fake, page("c1", entry(1), entry(2)))

    assert isolambda("logs").stdout.count(f"Z {ID} ok") == 2
    assert fake.asked.count(f"GET functions/{ID}") == 1
