"""Revisions as clients see them, and what a client may demand of one before it writes.

Optimistic locking: each write of a service names the revision that it read. A write with a stale
revision raises ``RevisionConflictError``, and its caller may try again.
"""

import hashlib
from collections.abc import Callable

from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import PreconditionFailedError
from isolambda_core.domain.json_text import dump

Expectation = Callable[[str], bool]
"""Tells whether an ETag (without quotes) is one that the client expects."""


def etag_of(revision: int, document: Document, identifier: str) -> str:
    """Return the counter and a digest of what it counts: ``3-`` and 32 hexadecimal characters."""
    # Sorted, because a store need not keep the order of the keys.
    text = dump(dict(sorted({**document, "id": identifier}.items()))).encode()
    return f"{revision}-{hashlib.sha256(text).hexdigest()[:32]}"


def require(expected: Expectation | None, etag: str) -> None:
    """Let a write pass if the revision that it starts from is the one the client expects.

    Raises:
        PreconditionFailedError: it is another.
    """
    if expected is not None and not expected(etag):
        raise PreconditionFailedError
