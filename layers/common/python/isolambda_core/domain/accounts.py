"""Accounts, and the API keys that speak for them."""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

_API_KEY = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Account:
    """A tenant: an account to Kazoo, a project to CodeMash. ``created_at`` is Unix seconds."""

    id: str
    name: str
    created_at: int


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key of an account, known by its SHA-256 (64 hexadecimal characters) alone."""

    sha256: str
    account_id: str
    created_at: int

    def matches(self, secret: str) -> bool:
        """Tell, in constant time, whether ``secret`` is the key that was hashed."""
        return hmac.compare_digest(self.sha256, hash_api_key(secret))


def new_api_key() -> str:
    """Return a fresh secret of 64 hexadecimal characters; it is shown once and never stored."""
    return secrets.token_hex(32)


def is_api_key(text: str) -> bool:
    """Tell whether ``text`` has the form of an API key."""
    return _API_KEY.fullmatch(text) is not None


def hash_api_key(secret: str) -> str:
    """Return the SHA-256 under which a key is stored.

    One round is enough: the secret has 256 random bits, so there is nothing to guess.
    """
    return hashlib.sha256(secret.encode()).hexdigest()
