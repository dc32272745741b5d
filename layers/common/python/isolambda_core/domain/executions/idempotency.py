"""Idempotency keys: the same key stands for one execution."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IdempotencyRecord:
    """That an execution was asked for under an idempotency key, of which the SHA-256 is kept.

    ``fingerprint`` is that of the invocation. Until ``lease_until_ms`` (Unix milliseconds) whoever
    claimed the key is at work on it; until ``expires_at`` (Unix seconds) the claim holds.
    """

    account_id: str
    function_id: str
    key_sha256: str
    fingerprint: str
    execution_id: str
    lease_until_ms: int
    expires_at: int


def hash_idempotency_key(key: str) -> str:
    """Return the SHA-256 under which an idempotency key is kept."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
