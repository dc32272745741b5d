"""The warnings in an answer to a write, below ``_read_only``."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict

from isolambda_core.domain.document_warnings import DocumentWarning
from isolambda_core.domain.json_text import JsonValue


def with_warnings(
    read_only: Mapping[str, JsonValue], warnings: Iterable[DocumentWarning]
) -> Mapping[str, JsonValue]:
    """Return what is read only of a document, with the warnings about what was written, if any."""
    described = [
        {key: value for key, value in asdict(warning).items() if value is not None}
        for warning in warnings
    ]
    return {**read_only, "warnings": described} if described else read_only
