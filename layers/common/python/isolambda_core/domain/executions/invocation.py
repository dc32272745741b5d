"""An invocation: the function to execute, its input, and its caller."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from isolambda_core.domain.executions.errors import ContextTooLargeError
from isolambda_core.domain.executions.execution import Origin
from isolambda_core.domain.executions.reach import GrantedSecret, ToolGrant
from isolambda_core.domain.functions.functions import LATEST
from isolambda_core.domain.json_text import dump, dump_utf8
from isolambda_core.domain.limits import CONTEXT_BYTES

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

    def context(self, execution_id: str, of_version: str, secrets: Sequence[GrantedSecret]) -> str:
        """Return the second argument of the function, as JSON text.

        ``of_version`` is what it has of the function's version, as JSON text without the braces.

        Raises:
            ContextTooLargeError: what the origin says is over ``limits.CONTEXT_BYTES``.
        """
        origin = self.origin
        has_texts = origin.meta or origin.tokens
        if has_texts or origin.event_id is not None:
            of_origin = _context_of(origin)
        else:
            of_origin = _context_of_trigger(origin.trigger, origin.trigger_id)
        of_secrets = ""
        if secrets:
            shown = {secret.name: secret.placeholder for secret in secrets}
            of_secrets = f',"secrets":{dump(shown)}'
        of_tools = "" if self.tools is None else ',"tools":true'
        key_id = origin.key_id
        of_caller = "" if key_id is None else f',"caller":{dump({"key_id": key_id})}'
        of_others = of_caller + of_secrets + of_tools
        return f'{{"execution_id":"{execution_id}",{of_version},{of_origin}{of_others}}}'


def _context_of(origin: Origin) -> str:
    """Return what a context has of the origin, as JSON text without the braces."""
    texts = {"meta": origin.meta, "tokens": origin.tokens}
    used = len(dump_utf8(texts))
    if used > CONTEXT_BYTES:
        raise ContextTooLargeError(CONTEXT_BYTES, used)
    return dump(
        {
            **texts,
            "trigger": origin.trigger,
            "trigger_id": origin.trigger_id,
            "event_id": origin.event_id,
        }
    )[1:-1]


@lru_cache(256)
def _context_of_trigger(trigger: str, trigger_id: str | None) -> str:
    return _context_of(Origin(trigger, trigger_id=trigger_id))
