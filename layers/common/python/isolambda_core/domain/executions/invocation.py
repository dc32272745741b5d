"""An invocation: the function to execute, its input, and its caller."""

import hashlib
from dataclasses import dataclass

from isolambda_core.domain.executions.execution import Origin
from isolambda_core.domain.executions.reach import ToolGrant
from isolambda_core.domain.functions.functions import LATEST
from isolambda_core.domain.json_text import dump

_NO_ORIGIN = Origin()


@dataclass(slots=True, unsafe_hash=True)  # see execution.py
class Invocation:
    """The function to execute, its input, and its caller.

    ``payload`` is JSON in UTF-8, as ``json_text.to_utf8`` writes it. ``affinity`` keeps a caller on
    one version of an alias that has two. With ``as_callflow`` the outcome is ``invalid_result``
    unless the result is a callflow. ``tenant`` is the tenant of the account, where the caller knows
    it. ``tools`` lets the execution call tools; ``parent_id`` is the one that called it as a tool.
    """

    account_id: str
    function_id: str
    payload: bytes
    qualifier: str = LATEST
    affinity: str | None = None
    origin: Origin = _NO_ORIGIN
    as_callflow: bool = False
    tenant: str = ""
    tools: ToolGrant | None = None
    parent_id: str | None = None

    def fingerprint(self, kind: str) -> str:
        """Return 64 hex digits that distinguish this invocation of a ``kind`` from any other."""
        text = dump(
            {
                "kind": kind,
                "qualifier": self.qualifier,
                "affinity": self.affinity,
                "trigger": self.origin.trigger,
                "meta": dict(sorted(self.origin.meta.items())),
                "tokens": dict(sorted(self.origin.tokens.items())),
                "as_callflow": self.as_callflow,
            }
        )
        digest = hashlib.sha256(text.encode())
        digest.update(self.payload)
        return digest.hexdigest()
