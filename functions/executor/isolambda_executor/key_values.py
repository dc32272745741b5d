"""Perform what functions ask of the key-value store.

Who has the store decides by the execution's grant; here operations are counted, and called on a
thread, since a store takes its time.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from isolambda_core.domain.executions.execution import ExecutionRequest
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.key_values.errors import (
    KeyValueError,
    NamespaceError,
    OperationsExceededError,
)
from isolambda_core.domain.key_values.operations import Fields
from isolambda_core.domain.limits import KV_OPERATIONS
from isolambda_executor.handlers import AT_ONCE, OpensHandler, Operation, Reply, Scope

_log = logging.getLogger(__name__)

_FAILED: Fields = {"error": {"code": "unavailable", "message": "the store is not available"}}
_NO_GRANT = NamespaceError("the function's document names no namespace in kv")


class KeyValues(Protocol):
    """The store of the functions' values."""

    def perform(self, request: ExecutionRequest, fields: Fields, deadline: float) -> Fields:
        """Perform an operation of an execution, in the namespaces of its grant.

        Return the fields of the reply, with a ``value`` or an ``error``. ``deadline`` is of
        ``time.monotonic``; it waits no longer.
        """
        ...


@dataclass(slots=True)
class KeyValueHandler:
    """Performs the operations of kind ``kv`` of one execution."""

    values: KeyValues
    scope: Scope
    begun: int = 0

    def begin(self, id: int, fields: Fields, reply: Reply) -> Operation:  # noqa: A002, ARG002 - of the protocol
        """Begin an operation; see ``Handler.begin``."""
        self.begun += 1
        work = partial(self._perform, fields, reply, self._refusal())
        self.scope.perform(work)
        return AT_ONCE

    def _refusal(self) -> KeyValueError | None:
        if self.scope.request.kv is None:
            return _NO_GRANT
        if self.begun <= KV_OPERATIONS:
            return None
        message = "operations of the execution on the key-value store"
        return OperationsExceededError(message, "kv_operations", KV_OPERATIONS, self.begun)

    def _perform(self, fields: Fields, reply: Reply, refusal: KeyValueError | None) -> None:
        reply({**self._replied(fields, refusal), "end": True})

    def _replied(self, fields: Fields, refusal: KeyValueError | None) -> Mapping[str, JsonValue]:
        if refusal is not None:
            return {"error": refusal.details}
        try:
            return self.values.perform(self.scope.request, fields, self.scope.deadline)
        except Exception:  # whatever it is, the function waits for a reply
            _log.exception("%s: the store failed", self.scope.request.execution_id)
            return _FAILED


def opens_key_values(values: KeyValues) -> OpensHandler:
    """Return what makes the handler of an execution, for the kind ``kv`` of the broker."""
    return partial(KeyValueHandler, values)
