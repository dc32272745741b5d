"""The operation ``sign``: an HMAC under a secret, which code names and cannot read.

Its fields are ``hash``, a name as Web Cryptography has it, and ``key``, the placeholder of a secret
that signs; its bytes are what to sign. The one reply has the MAC.
"""

import hmac
from collections.abc import Mapping
from functools import partial
from typing import Final

from isolambda_core.domain.executions.reach import GrantedSecret
from isolambda_executor.frames import BrokenPeerError
from isolambda_executor.handlers import AT_ONCE, Operation, Reply, Scope, payload_of
from isolambda_executor.operations import Fields

_HASHES: Final[Mapping[str, str]] = {
    "SHA-1": "sha1",
    "SHA-256": "sha256",
    "SHA-384": "sha384",
    "SHA-512": "sha512",
}
_NO_HASH: Final = f"the hash must be one of {', '.join(_HASHES)}"
_NO_KEY: Final = "the key is no secret of this function that signs"


class Signing:
    """The handler of one execution's signatures."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def begin(self, _: int, fields: Fields, reply: Reply) -> Operation:
        """Sign what the fields carry; see ``Handler.begin``."""
        digest, key = fields.get("hash"), fields.get("key")
        if not isinstance(digest, str) or not isinstance(key, str):
            raise BrokenPeerError
        secret = self._secret(key)
        if digest not in _HASHES:
            work = partial(reply, _refused(_NO_HASH))
        elif secret is None:
            work = partial(reply, _refused(_NO_KEY))
        else:
            work = partial(_sign, secret, payload_of(fields), _HASHES[digest], reply)
        self._scope.perform(work)
        return AT_ONCE

    def _secret(self, key: str) -> GrantedSecret | None:
        # Each is compared in full, so that the time tells nothing of a placeholder.
        secrets = self._scope.request.secrets
        found = [each for each in secrets if _is_same(each.placeholder, key) and each.sign]
        return found[0] if found else None


def _sign(secret: GrantedSecret, data: bytes, digest: str, reply: Reply) -> None:
    reply({"end": True}, hmac.digest(secret.value.encode(), data, digest))


def _refused(message: str) -> Fields:
    return {"end": True, "error": {"code": "refused", "message": message}}


def _is_same(placeholder: str, key: str) -> bool:
    return hmac.compare_digest(placeholder.encode(), key.encode("utf-8", "surrogatepass"))
