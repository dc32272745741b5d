"""Post the result of an asynchronous execution to its callback URL (standardwebhooks.com)."""

from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

from isolambda_core.domain.executions.callbacks import (
    derive_callback_secret,
    signed_headers,
)
from isolambda_core.domain.executions.execution import ExecutionResult
from isolambda_core.domain.executions.records import ExecutionRecord
from isolambda_core.domain.json_text import JsonValue, dump
from isolambda_core.domain.limits import CALLBACK_RESULT_BYTES
from isolambda_core.ports.accounts import InstallationSecret
from isolambda_core.ports.clock import Clock
from isolambda_core.ports.executions import Callbacks

_TYPE = "execution.ended"


@dataclass(frozen=True, slots=True)
class CallbackService:
    """Signs the callbacks of executions with their account's secret, and sends them."""

    callbacks: Callbacks
    secret: InstallationSecret
    clock: Clock

    def tell(self, record: ExecutionRecord, result: ExecutionResult | None, url: str) -> None:
        """Send the callback of an execution; the message has the execution's id in each attempt.

        Raises:
            CallbackFailedError: the receiver did not accept it.
            StoreUnavailableError: the secret cannot be read now.
        """
        now = self.clock.now()
        body = _body(record, result, now)
        key = derive_callback_secret(self.secret.read(), record.account_id)
        self.callbacks.post(url, signed_headers(key, record.execution_id, now, body), body)


def _body(record: ExecutionRecord, result: ExecutionResult | None, now: int) -> bytes:
    data: dict[str, JsonValue] = {
        "execution_id": record.execution_id,
        "account_id": record.account_id,
        "function_id": record.function_id,
        "version": record.version,
        "status": record.status,
        "outcome": record.outcome,
        "attempts": record.attempts,
        "error": _error(record, result),
        "usage": None if record.usage is None else asdict(record.usage),
    }
    time = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    # What a function returns may nest deeper than Python can follow, so it is never parsed.
    returned = b"null" if result is None or result.result is None else result.result
    if len(returned) > CALLBACK_RESULT_BYTES:
        returned, data["result_is_too_long"] = b"null", True
    envelope = f'{{"type":"{_TYPE}","timestamp":"{time}","data":{dump(data)[:-1]},"result":'
    return envelope.encode() + returned + b"}}"


def _error(record: ExecutionRecord, result: ExecutionResult | None) -> JsonValue:
    """Return the error of the record, with the details of the result's."""
    if record.error is None:
        return None
    whole = None if result is None else result.error
    details = {} if whole is None else whole.details
    return replace(record.error, details=details).document
