"""The receipt of an execution: what its record says of it, to be signed."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from typing import Final

from isolambda_core.domain.executions.errors import ReceiptUnavailableError
from isolambda_core.domain.executions.records import ExecutionPayload, ExecutionRecord
from isolambda_core.domain.json_text import JsonValue

RECEIPT_TYPE: Final = "isolambda-receipt+jwt"
"""The ``typ`` of a receipt, by which it is taken for nothing else that has a signature."""
RECEIPT_ALGORITHM: Final = "EdDSA"
"""The ``alg`` of a receipt; the key is one of Ed25519."""
ISSUER: Final = "isolambda"
"""The ``iss`` of an installation that does not know its own URL."""
RECEIPT_CLAIMS: Final = (
    "iss", "execution_id", "account_id", "function_id", "version", "created_ms", "ended_ms",
    "outcome", "source_sha256", "input_sha256", "result_sha256", "usage",
)  # fmt: skip
"""What each receipt has, in this order."""

_NOT_ENDED = "the execution has not ended"
_NO_SOURCE = (
    "its record does not say which source ran: none did, or it was made before records said so"
)


def claims_of(
    record: ExecutionRecord, payload: ExecutionPayload, issuer: str
) -> Mapping[str, JsonValue]:
    """Return what a receipt of an execution says: ``RECEIPT_CLAIMS``.

    Times are Unix milliseconds. Digests are 64 hexadecimal characters: of the files that ran
    (``Function.source_sha256``), of the input, and of the result, or None without one, both JSON in
    UTF-8 as they are recorded.

    Raises:
        ReceiptUnavailableError: it has not ended, or its record does not say which source ran.
    """
    result = payload.result
    if not record.has_ended or record.outcome is None:
        raise ReceiptUnavailableError(_NOT_ENDED)
    if result is None or result.source_sha256 is None:
        raise ReceiptUnavailableError(_NO_SOURCE)
    return {
        "iss": issuer,
        "execution_id": record.execution_id,
        "account_id": record.account_id,
        "function_id": record.function_id,
        "version": record.version,
        "created_ms": record.asked_at_ms,
        "ended_ms": record.ended_at_ms,
        "outcome": record.outcome.value,
        "source_sha256": result.source_sha256,
        "input_sha256": _sha256(payload.input),
        "result_sha256": None if result.result is None else _sha256(result.result),
        "usage": asdict(result.usage),
    }


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
