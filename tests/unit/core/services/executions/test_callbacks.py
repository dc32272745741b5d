import json
from dataclasses import replace
from typing import Any

import pytest
from standardwebhooks import Webhook

from isolambda_api.http.services import Services
from isolambda_core.adapters.clock import SystemClock
from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.executions.callbacks import (
    derive_callback_secret,
    signed_headers,
)
from isolambda_core.domain.executions.errors import CallbackFailedError
from isolambda_core.domain.executions.execution import (
    ExecutionError,
    ExecutionResult,
    LogLine,
    Outcome,
    Usage,
)
from isolambda_core.domain.executions.records import (
    ExecutionRecord,
    Status,
)
from isolambda_core.domain.json_text import JsonValue, to_utf8
from isolambda_core.domain.limits import CALLBACK_RESULT_BYTES, RECORD_TEXT_CHARACTERS
from isolambda_core.services.executions.callbacks import CallbackService
from tests.support.clocks import SetClock
from tests.support.fakes import RecordingCallbacks, UnavailableSecret
from tests.support.samples import ACCOUNT, FUNCTION, SECRET

URL = "https://callback.test/ended"
ID = "1" * 32
USAGE = Usage(2.5, 1.5, 8.0, cold=True)
OK = ExecutionResult(
    ID, Outcome.OK, b'{"a":[1]}', logs=(LogLine("info", "hunter2", 1),), usage=USAGE
)
RUNNING = ExecutionRecord(
    execution_id=ID,
    account_id=ACCOUNT,
    function_id=FUNCTION,
    version="7",
    qualifier="live",
    draft_revision=1,
    trigger="codemash",
    request_id="the id of a request",
    status=Status.RUNNING,
    attempts=2,
)


@pytest.fixture
def service(callbacks: RecordingCallbacks, clock: SetClock) -> CallbackService:
    return CallbackService(callbacks, SECRET, clock)


def send(service: CallbackService, result: ExecutionResult) -> None:
    service.tell(RUNNING.ended(result, 5), result, URL)


def data_of(callbacks: RecordingCallbacks) -> dict[str, Any]:
    """Return the data of the one callback."""
    [posted] = callbacks.posted
    envelope: dict[str, Any] = json.loads(posted.body)
    assert set(envelope) == {"type", "timestamp", "data"}
    data: dict[str, Any] = envelope["data"]
    return data


def test_a_callback_tells_how_the_execution_ended(
    service: CallbackService, callbacks: RecordingCallbacks
) -> None:
    send(service, OK)

    [posted] = callbacks.posted
    assert posted.url == URL
    assert json.loads(posted.body) == {
        "type": "execution.ended",
        "timestamp": "2027-01-15T08:00:00Z",
        "data": {
            "execution_id": ID,
            "account_id": ACCOUNT,
            "function_id": FUNCTION,
            "version": "7",
            "status": "succeeded",
            "outcome": "ok",
            "attempts": 3,
            "error": None,
            "usage": {"wall_ms": 2.5, "cpu_ms": 1.5, "memory_mb": 8.0, "cold": True, "fetches": 0},
            "result": {"a": [1]},
        },
    }


def test_a_callback_tells_why_there_is_no_result_in_so_many_characters(
    service: CallbackService, callbacks: RecordingCallbacks
) -> None:
    error = ExecutionError("TypeError", "m" * 100_000, "at 1:2", line=1, column=2)

    send(service, ExecutionResult(ID, Outcome.EXCEPTION, error=error))

    data = data_of(callbacks)
    assert (data["status"], data["outcome"], data["result"]) == ("failed", "exception", None)
    assert data["error"] == {
        "name": "TypeError",
        "message": "m" * RECORD_TEXT_CHARACTERS,
        "stack": "at 1:2",
        "line": 1,
        "column": 2,
        "exceeded": None,
    }


def test_a_callback_tells_what_an_error_carries(
    service: CallbackService, callbacks: RecordingCallbacks
) -> None:
    details: dict[str, JsonValue] = {"fields": {"status": 404}, "cause": {"value": "why"}}
    error = ExecutionError("Error", "no", details=details)

    send(service, ExecutionResult(ID, Outcome.EXCEPTION, error=error))

    plain = {"stack": "", "line": None, "column": None, "exceeded": None}
    assert data_of(callbacks)["error"] == {"name": "Error", "message": "no", **plain, **details}


def test_a_function_that_returned_nothing_has_no_result(
    service: CallbackService, callbacks: RecordingCallbacks
) -> None:
    send(service, replace(OK, result=None))

    assert data_of(callbacks)["result"] is None


def test_a_result_is_passed_on_as_it_is_however_deep_it_nests(
    service: CallbackService, callbacks: RecordingCallbacks
) -> None:
    deep = b"[" * 100_000 + b"]" * 100_000

    send(service, replace(OK, result=deep))

    [posted] = callbacks.posted
    assert posted.body.endswith(b',"result":%b}}' % deep)


@pytest.mark.parametrize("character", ["x", "\u017e", "\U0001f600", "\ud800"], ids=ascii)
def test_a_result_is_passed_on_while_it_is_short_enough_in_bytes(
    service: CallbackService, callbacks: RecordingCallbacks, character: str
) -> None:
    size = len(to_utf8(character))
    room = CALLBACK_RESULT_BYTES - len('""')
    longest = character * (room // size) + "x" * (room % size)

    send(service, replace(OK, result=to_utf8(f'"{longest}"')))
    assert data_of(callbacks)["result"] == longest
    assert "result_is_too_long" not in data_of(callbacks)

    callbacks.posted.clear()
    send(service, replace(OK, result=to_utf8(f'"{longest}x"')))
    assert (data_of(callbacks)["result"], data_of(callbacks)["result_is_too_long"]) == (None, True)


def test_a_callback_tells_nothing_of_the_input_and_the_console(
    service: CallbackService, callbacks: RecordingCallbacks
) -> None:
    send(service, OK)

    [posted] = callbacks.posted
    assert b"hunter2" not in posted.body
    assert b"the id of a request" not in posted.body


def test_a_callback_is_signed_with_the_secret_of_its_account(
    service: CallbackService, callbacks: RecordingCallbacks, clock: SetClock
) -> None:
    send(service, OK)

    [posted] = callbacks.posted
    key = derive_callback_secret(SECRET.read(), ACCOUNT)
    assert posted.headers == signed_headers(key, ID, clock.now(), posted.body)


def test_the_published_library_verifies_it_with_the_secret_that_the_account_is_shown(
    service: CallbackService, callbacks: RecordingCallbacks, services: Services
) -> None:
    send(replace(service, clock=SystemClock()), OK)

    [posted] = callbacks.posted
    webhook = Webhook(services.keys.callback_secret(ACCOUNT))
    assert webhook.verify(posted.body, dict(posted.headers)) == json.loads(posted.body)


def test_a_callback_that_is_posted_again_has_the_same_id_and_the_time_of_the_new_post(
    service: CallbackService, callbacks: RecordingCallbacks, clock: SetClock
) -> None:
    send(service, OK)
    clock.time_ms += 1_000
    send(service, OK)

    first, second = callbacks.posted
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == ID
    assert int(second.headers["webhook-timestamp"]) == clock.now()
    assert int(first.headers["webhook-timestamp"]) == clock.now() - 1


def test_a_callback_that_was_not_taken_is_the_caller_s_to_hear_of(
    service: CallbackService, callbacks: RecordingCallbacks
) -> None:
    callbacks.script = [CallbackFailedError("503")]

    with pytest.raises(CallbackFailedError):
        send(service, OK)


def test_nothing_is_sent_unsigned(service: CallbackService, callbacks: RecordingCallbacks) -> None:
    with pytest.raises(StoreUnavailableError):
        send(replace(service, secret=UnavailableSecret()), OK)

    assert callbacks.posted == []
