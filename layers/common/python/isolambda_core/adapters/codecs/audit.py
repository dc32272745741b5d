"""Encode an entry of the audit as bytes."""

from dataclasses import asdict
from typing import Any, cast

from isolambda_core.domain.audit.entries import AuditEntry
from isolambda_core.domain.compression import compress, decompress
from isolambda_core.domain.json_text import dump, parse

_DEFLATED_ABOVE = 256


def dump_entry(entry: AuditEntry) -> bytes:
    """Return an entry as bytes."""
    return compress(dump(asdict(entry)).encode(), above=_DEFLATED_ABOVE)


def load_entry(stored: bytes) -> AuditEntry:
    """Return the entry that :func:`dump_entry` wrote."""
    return AuditEntry(**cast("dict[str, Any]", parse(decompress(stored))))
