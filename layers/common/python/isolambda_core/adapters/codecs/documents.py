"""Encode a function's document: its source as bytes, everything else as JSON text."""

from dataclasses import asdict
from typing import Any, cast

from isolambda_core.domain.compression import (
    decode_source,
    encode_source,
)
from isolambda_core.domain.documents import Document
from isolambda_core.domain.functions.breakers import (
    Breaker,
    Breakers,
)
from isolambda_core.domain.json_text import dump, parse


def split_document(document: Document) -> tuple[str, bytes]:
    """Return the document without its source, as ASCII JSON, and the source, encoded."""
    rest = {key: value for key, value in document.items() if key != "function_js"}
    return dump(rest), encode_source(cast("str", document["function_js"]))


def join_document(text: str, source: bytes) -> Document:
    """Return the document that :func:`split_document` took apart."""
    return {**cast("Document", parse(text)), "function_js": decode_source(source)}


def dump_breakers(breakers: Breakers) -> str:
    """Return a function's breakers as ASCII JSON."""
    return dump({version: asdict(breaker) for version, breaker in breakers.items()})


def load_breakers(text: str) -> Breakers:
    """Return the breakers that :func:`dump_breakers` wrote."""
    kept = cast("dict[str, dict[str, Any]]", parse(text))
    return {version: Breaker(**fields) for version, fields in kept.items()}
