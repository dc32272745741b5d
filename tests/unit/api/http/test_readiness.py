"""Readiness is checked once a second at most, however often one asks, and strangers get little."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from isolambda_api.app import create_app
from isolambda_api.http.readiness import Check, Readiness, Report
from isolambda_api.http.services import Services
from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.limits import READINESS_S

FACTS = {"free_bytes": 7}
WAIT_S = 30.0


@dataclass
class Scripted:
    """A check that counts how often it is made, and finds what it is to find."""

    finds: Check | Exception = field(default_factory=lambda: Check(ok=True, facts=FACTS))
    goes_on: "Future[None]" = field(default_factory=Future)
    made: int = 0

    def __post_init__(self) -> None:
        self.goes_on.set_result(None)

    def __call__(self) -> Check:
        self.made += 1
        self.goes_on.result(WAIT_S)
        if isinstance(self.finds, Exception):
            raise self.finds
        return self.finds

    def hold(self) -> Callable[[None], None]:
        """Let the next check wait until what is returned is called."""
        self.goes_on = Future()
        return self.goes_on.set_result


@dataclass
class Clock:
    at: float = 1_000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def check() -> Scripted:
    return Scripted()


@pytest.fixture
def now() -> Clock:
    return Clock()


@pytest.fixture
def readiness(check: Scripted, now: Clock) -> Readiness:
    return Readiness({"first": lambda: Check(ok=True), "disk": check}, now)


def asked(readiness: Readiness, times: int = 1) -> list[Report]:
    async def ask() -> list[Report]:
        return list(await asyncio.gather(*(readiness.report() for _ in range(times))))

    return asyncio.run(ask())


def test_those_who_ask_a_thousand_times_at_once_are_answered_by_one_check(
    readiness: Readiness, check: Scripted
) -> None:
    reports = asked(readiness, 1_000)

    assert all(report.is_ready for report in reports)
    assert reports[0].checks["disk"] == Check(ok=True, facts=FACTS)
    assert check.made == 1


def test_within_a_second_the_answer_is_from_memory(
    readiness: Readiness, check: Scripted, now: Clock
) -> None:
    asked(readiness)
    check.finds = Check(ok=False)
    now.at += READINESS_S - 0.001
    before = asked(readiness)
    now.at += 0.001
    after = asked(readiness)

    assert [report.is_ready for report in before + after] == [True, False]
    assert check.made == 2


def test_a_check_that_does_not_end_is_not_ok_and_no_other_begins(
    readiness: Readiness, check: Scripted, now: Clock
) -> None:
    go_on = check.hold()

    async def ask_late() -> list[Report]:
        first = asyncio.create_task(readiness.report())
        await asyncio.sleep(0)  # it has begun
        now.at += READINESS_S
        late = [await readiness.report() for _ in range(1_000)]
        go_on(None)
        return [*late, await first]

    *late, first = asyncio.run(ask_late())

    assert {report.is_ready for report in late} == {False}
    assert late[0].checks["disk"] == Check(ok=False, facts={"reason": "it takes too long"})
    assert late[0].checks["first"] == Check(ok=True)
    assert first.is_ready
    assert check.made == 1
    assert asked(readiness)[0].is_ready
    assert check.made == 2


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (StoreUnavailableError(), "StoreUnavailable"),
        (PermissionError("/a/path"), "PermissionError"),
        (ZeroDivisionError("a secret"), "ZeroDivisionError"),
    ],
)
def test_a_check_that_fails_is_not_ok_and_keeps_its_words_to_itself(
    readiness: Readiness, check: Scripted, error: Exception, reason: str
) -> None:
    check.finds = error

    [report] = asked(readiness)

    assert report.checks["disk"] == Check(ok=False, facts={"reason": reason})
    assert not report.is_ready


def test_what_is_at_fault_is_logged_when_that_changes(
    readiness: Readiness, check: Scripted, now: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        for found in (True, False, False, True, True):
            check.finds = Check(ok=found, facts=FACTS)
            asked(readiness)
            now.at += READINESS_S

    assert [record.getMessage() for record in caplog.records] == ["not ready: disk", "ready"]
    assert vars(caplog.records[0])["disk"] == FACTS


def test_a_machine_without_room_for_a_thread_is_not_ready(
    readiness: Readiness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("threading.Thread.start", refuse)

    [report] = asked(readiness)

    assert not report.is_ready


@pytest.fixture
def app(services: Services, readiness: Readiness) -> FastAPI:
    return create_app(replace(services, readiness=readiness))


def answer(app: FastAPI, address: str = "127.0.0.1", **headers: str) -> tuple[int, Any]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    found = TestClient(app, client=(address, 1)).get("/readyz", headers=named)
    return found.status_code, found.json()


def test_who_asks_from_the_machine_itself_gets_facts(app: FastAPI) -> None:
    assert answer(app) == (
        200,
        {"status": "ready", "checks": {"first": {"ok": True}, "disk": {"ok": True, **FACTS}}},
    )


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("192.0.2.7", {}),
        ("2001:db8::7", {}),
        ("127.0.0.1", {"x_forwarded_for": "192.0.2.7"}),
        ("127.0.0.1", {"forwarded": "for=192.0.2.7"}),
        ("127.0.0.1", {"via": "1.1 proxy"}),
    ],
)
def test_a_stranger_learns_nothing_but_what_is_ok(
    app: FastAPI, address: str, headers: dict[str, str]
) -> None:
    assert answer(app, address, **headers) == (
        200,
        {"status": "ready", "checks": {"first": {"ok": True}, "disk": {"ok": True}}},
    )


def test_a_service_that_is_not_ready_is_a_503(app: FastAPI, check: Scripted) -> None:
    check.finds = Check(ok=False)

    status, body = answer(app)

    assert (status, body["status"]) == (503, "not_ready")
    assert body["checks"]["disk"] == {"ok": False}


def test_it_is_answered_where_there_is_no_room_for_a_request(
    services: Services, readiness: Readiness
) -> None:
    app = create_app(replace(services, readiness=readiness), is_overloaded=lambda: True)

    assert answer(app)[0] == 200
    assert TestClient(app).get("/v2/accounts").status_code == 503


def test_without_other_checks_the_store_is_asked(services: Services) -> None:
    status, body = answer(create_app(services))

    assert (status, body["checks"]) == (200, {"store_writable": {"ok": True}})
