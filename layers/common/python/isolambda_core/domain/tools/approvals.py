"""An approval: a call of a tool that a person is to decide on, and what became of it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

from isolambda_core.domain.documents import Document
from isolambda_core.domain.executions.errors import ApprovalUsedError
from isolambda_core.domain.functions.tools import Tool
from isolambda_core.domain.ids import new_execution_id
from isolambda_core.domain.json_text import JsonValue, dump, parse
from isolambda_core.domain.limits import APPROVAL_ARGUMENTS_BYTES, APPROVAL_S
from isolambda_core.domain.tools.errors import CallLimitError


class ApprovalStatus(StrEnum):
    """What became of a call; a closed set. What is ``used`` was executed, and stays so."""

    WAITING = "waiting"
    APPROVED = "approved"
    DENIED = "denied"
    USED = "used"


@dataclass(frozen=True, slots=True)
class Approval:
    """A call of a tool by a key, at one revision; it is good for one execution.

    ``arguments`` is canonical JSON in ASCII. Times are Unix seconds; ``key_id`` is the API key that
    calls, and ``decided_by`` the one that approved or denied. ``execution_id`` is what used it.
    """

    account_id: str
    id: str
    key_id: str
    function_id: str
    tool: str
    arguments: str
    asked_at: int
    expires_at: int
    status: ApprovalStatus = ApprovalStatus.WAITING
    decided_at: int | None = None
    decided_by: str | None = None
    execution_id: str | None = None
    revision: int = 1

    @property
    def fingerprint(self) -> str:
        """What the same call has, and no other: 64 hexadecimal characters."""
        return _sha256(dump([self.key_id, self.function_id, self.tool, self.arguments]))

    @property
    def document(self) -> Document:
        """The call as a person reads it, to decide on it."""
        return {
            "tool": self.tool,
            "function_id": self.function_id,
            "key_id": self.key_id,
            "arguments": parse(self.arguments),
            "arguments_sha256": _sha256(self.arguments),
            "status": self.status.value,
            "decided_by": self.decided_by,
            "execution_id": self.execution_id,
        }

    def decided(self, status: ApprovalStatus, now: int, by: str | None) -> Self:
        """Return the next revision, ``approved`` or ``denied``.

        Raises:
            ApprovalUsedError: the call was executed already.
        """
        if self.status is ApprovalStatus.USED:
            raise ApprovalUsedError
        return self._next(status=status, decided_at=now, decided_by=by)

    def used(self, execution_id: str) -> Self:
        """Return the next revision, which an execution has used."""
        return self._next(status=ApprovalStatus.USED, execution_id=execution_id)

    def _next(self, **changes: str | int | None) -> Self:
        return replace(self, revision=self.revision + 1, **changes)  # type: ignore[arg-type]


def ask(
    account_id: str, key_id: str, tool: Tool, arguments: Mapping[str, JsonValue], now_ms: int
) -> Approval:
    """Return a new approval, which waits for a decision.

    Raises:
        CallLimitError: the arguments are more than a person is shown.
    """
    # Sorted, since clients write the keys of one object in any order.
    text = json.dumps(arguments, sort_keys=True, separators=(",", ":"))
    if len(text) > APPROVAL_ARGUMENTS_BYTES:
        what = "bytes of the arguments of a call to be approved"
        raise CallLimitError(what, "approval_arguments_bytes", APPROVAL_ARGUMENTS_BYTES, len(text))
    now = now_ms // 1_000
    approval_id = new_execution_id(now_ms)
    of = (account_id, approval_id, key_id, tool.function_id, tool.name)
    return Approval(*of, text, now, now + APPROVAL_S)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
