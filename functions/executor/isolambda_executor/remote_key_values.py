"""The store of the functions' values behind the API, where the executor has no right to it."""

import time
from typing import Final

from isolambda_core.domain.executions.execution import ExecutionRequest
from isolambda_core.domain.json_text import dump
from isolambda_core.domain.key_values.errors import KeyValueError
from isolambda_core.domain.key_values.operations import Fields, read_operation
from isolambda_core.domain.key_values.tokens import PATH
from isolambda_executor.remote_api import RemoteApi, unavailable

_SENT: Final = (
    "op",
    "namespace",
    "key",
    "value",
    "expected",
    "ttl_s",
    "by",
    "prefix",
    "start_key",
    "limit",
)
_REPEATABLE: Final = ("get", "list")
_SHARE: Final = 0.9
"""How much of what is left of the wall time may pass; in the rest the function can tell of it."""


class RemoteKeyValues:
    """The port ``KeyValues`` over HTTP; safe for threads."""

    def __init__(self) -> None:
        self._api = RemoteApi("the store", PATH)

    def perform(self, request: ExecutionRequest, fields: Fields, deadline: float) -> Fields:
        """Have the API perform an operation; see ``KeyValues.perform``."""
        begun = time.monotonic()
        until = begun + _SHARE * (deadline - begun)
        grant = request.kv
        try:
            # What is not to be sent is refused here, with the same words.
            operation = read_operation(fields)
        except KeyValueError as error:
            return {"error": error.details}
        body = dump({name: fields[name] for name in _SENT if name in fields}).encode()
        tries = 2 if operation.op in _REPEATABLE else 1
        for _ in range(tries):
            found = None if grant is None else self._api.post(grant, body, until)
            if found is not None:
                return found
        waited_ms = round((time.monotonic() - begun) * 1e3)
        return unavailable(
            f"the store did not answer within {waited_ms} ms, and may have done it or not"
        )
