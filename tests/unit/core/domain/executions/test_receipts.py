"""What a receipt says is what a record says, and nothing before that is final."""

import hashlib
from dataclasses import replace

import pytest

from isolambda_core.domain.executions.errors import ReceiptUnavailableError
from isolambda_core.domain.executions.execution import ExecutionResult, Outcome, Usage
from isolambda_core.domain.executions.receipts import RECEIPT_CLAIMS, claims_of
from isolambda_core.domain.executions.records import ExecutionPayload, ExecutionRecord, Status
from isolambda_core.domain.ids import new_execution_id

NOW_MS = 1_800_000_000_999
QUEUED = ExecutionRecord(
    execution_id=new_execution_id(NOW_MS),
    account_id="a" * 32,
    function_id="f" * 32,
    version="7",
    qualifier="live",
    draft_revision=3,
    trigger="kazoo",
    request_id="r",
    status=Status.QUEUED,
)
OK = ExecutionResult(
    QUEUED.id, Outcome.OK, b'{"a":1}', usage=Usage(2.5, 1.0), source_sha256="5" * 64
)
FAILED = replace(OK, outcome=Outcome.EXCEPTION, result=None)
INPUT = '{"name":"Zoë"}'.encode()


def refusal(record: ExecutionRecord, result: ExecutionResult | None) -> str:
    with pytest.raises(ReceiptUnavailableError) as caught:
        claims_of(record, ExecutionPayload(INPUT, result=result), "isolambda")
    return str(caught.value)


def test_a_receipt_says_what_the_record_of_an_ended_execution_says() -> None:
    ended = QUEUED.begun(NOW_MS + 1).ended(OK, NOW_MS + 9)

    claims = claims_of(ended, ExecutionPayload(INPUT, result=OK), "https://example.com")

    assert tuple(claims) == RECEIPT_CLAIMS
    assert claims == {
        "iss": "https://example.com",
        "execution_id": QUEUED.id,
        "account_id": "a" * 32,
        "function_id": "f" * 32,
        "version": "7",
        "created_ms": NOW_MS,
        "ended_ms": NOW_MS + 9,
        "outcome": "ok",
        "source_sha256": "5" * 64,
        "input_sha256": hashlib.sha256(INPUT).hexdigest(),
        "result_sha256": hashlib.sha256(b'{"a":1}').hexdigest(),
        "usage": {"wall_ms": 2.5, "cpu_ms": 1.0, "memory_mb": 0.0, "cold": False, "fetches": 0},
    }


@pytest.mark.parametrize(
    "record",
    [
        QUEUED,
        QUEUED.begun(1),
        QUEUED.begun(1).put_back(),
        QUEUED.begun(1).to_be_retried(FAILED),
        QUEUED.begun(1).to_be_retried(FAILED).begun(2),
        QUEUED.begun(1).ended(FAILED, 2).redriven(),
        QUEUED.begun(1).ended(FAILED, 2).redriven().begun(3),
    ],
    ids=lambda record: f"{record.status}, {record.attempts} attempts, revision {record.revision}",
)
def test_what_has_not_ended_has_no_receipt_whatever_ended_before(record: ExecutionRecord) -> None:
    for result in (None, FAILED):
        assert refusal(record, result) == "the execution has not ended"


def test_an_execution_of_which_no_source_is_known_has_no_receipt() -> None:
    ended = QUEUED.begun(1).ended(OK, 2)

    for result in (None, replace(OK, source_sha256=None)):
        assert "does not say which source ran" in refusal(ended, result)
