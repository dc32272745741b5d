"""ETags of revisions, and the check of a client's precondition.

Optimistic locking: each write of a service names the revision that it read. A write with a stale
revision raises ``RevisionConflictError``, and its caller may try again.
"""

import hashlib
from collections.abc import Callable

from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import PreconditionFailedError
from isolambda_core.domain.json_text import dump

Expectation = Callable[[str], bool]
"""Returns whether the client expects an ETag, which comes without quotes."""
NOTHING = ""
"""What stands for the ETag of what is not there."""


def etag_of(revision: int, document: Document, identifier: str) -> str:
    """Return the revision and a digest of the document: ``3-`` and 32 hexadecimal characters."""
    # Sorted, because a store need not keep the order of the keys.
    text = dump(dict(sorted({**document, "id": identifier}.items()))).encode()
    return f"{revision}-{hashlib.sha256(text).hexdigest()[:32]}"


def require(expected: Expectation | None, etag: str) -> None:
    """Check that the client expects the revision from which a write starts.

    Raises:
        PreconditionFailedError: it expects another.
    """
    if expected is not None and not expected(etag):
        raise PreconditionFailedError
