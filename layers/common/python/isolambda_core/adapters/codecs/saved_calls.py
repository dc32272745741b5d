"""Encode a saved call as JSON text."""

import hashlib
from dataclasses import asdict
from typing import Any, cast

from isolambda_core.domain.contracts.saved_calls import SavedCall
from isolambda_core.domain.json_text import dump, parse


def dump_saved_call(call: SavedCall) -> str:
    """Return a saved call as ASCII JSON."""
    return dump(asdict(call))


def load_saved_call(text: str) -> SavedCall:
    """Return the saved call that :func:`dump_saved_call` wrote."""
    return SavedCall(**cast("dict[str, Any]", parse(text)))


def digest_of(text: str) -> str:
    """Return what tells a text from any other: 64 hexadecimal characters."""
    return hashlib.sha256(text.encode()).hexdigest()
