"""Idempotency keys: a key stands for one execution."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IdempotencyRecord:
    """The execution of an idempotency key, which is stored as its SHA-256.

    ``fingerprint`` is the invocation's. Until ``lease_until_ms`` (Unix milliseconds) the request
    that stored the record is working on it; the record holds until ``expires_at`` (Unix seconds).
    """

    account_id: str
    function_id: str
    key_sha256: str
    fingerprint: str
    execution_id: str
    lease_until_ms: int
    expires_at: int

    @property
    def is_counted(self) -> bool:
        """Whether it counts for the quota: a client's key does, but no event's own name."""
        return self.lease_until_ms > 0


def hash_idempotency_key(key: str) -> str:
    """Return the SHA-256 of an idempotency key, which the store has in place of the key."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
