"""An invocation: which function is to be executed, with what, for whom."""

import hashlib
from dataclasses import dataclass

from isolambda_core.domain.executions.execution import Origin
from isolambda_core.domain.functions.functions import LATEST
from isolambda_core.domain.json_text import dump

_UNSAID = Origin()


@dataclass(frozen=True, slots=True)
class Invocation:
    """Which function is to be executed, with what, and for whom.

    ``payload`` is JSON text. ``affinity`` keeps a caller on one version of an alias that has two.
    With ``as_callflow`` a result that is no callflow is an ``invalid_result``.
    """

    account_id: str
    function_id: str
    payload: str
    qualifier: str = LATEST
    affinity: str | None = None
    origin: Origin = _UNSAID
    as_callflow: bool = False

    def fingerprint(self, kind: str) -> str:
        """Return what tells this invocation of a ``kind`` from any other: 64 hex digits."""
        said = dump(
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
        digest = hashlib.sha256(said.encode())
        digest.update(self.payload.encode("utf-8", "surrogatepass"))
        return digest.hexdigest()
