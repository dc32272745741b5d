"""Encode a function's document: its source as bytes, everything else as JSON text."""

from dataclasses import asdict
from typing import Any, cast

from isolambda_core.domain.compression import (
    decode_modules,
    decode_source,
    encode_modules,
    encode_source,
    holds_modules,
)
from isolambda_core.domain.documents import SOURCE_KEYS, Document
from isolambda_core.domain.functions.breakers import (
    Breaker,
    Breakers,
)
from isolambda_core.domain.json_text import dump, parse


def split_document(document: Document, compiled: str | None = None) -> tuple[str, bytes]:
    """Return the document without its source, as ASCII JSON, and the source, encoded.

    The source is ``function_js``; of modules, which are ``compiled``, the files and that text too.
    """
    if compiled is None:
        rest = {key: value for key, value in document.items() if key != "function_js"}
        return dump(rest), encode_source(cast("str", document["function_js"]))
    source = {key: document[key] for key in SOURCE_KEYS if key in document}
    rest = {key: value for key, value in document.items() if key not in source}
    return dump(rest), encode_modules(dump({"source": source, "compiled": compiled}))


def join_document(text: str, source: bytes) -> tuple[Document, str | None]:
    """Return the document that :func:`split_document` took apart, and what is compiled."""
    rest = cast("Document", parse(text))
    if not holds_modules(source):
        return {**rest, "function_js": decode_source(source)}, None
    modules = cast("dict[str, Any]", parse(decode_modules(source)))
    return {**rest, **modules["source"]}, modules["compiled"]


def head_of(text: str) -> Document:
    """Return a document of which :func:`split_document` wrote this, without its source."""
    return cast("Document", parse(text))


def dump_breakers(breakers: Breakers) -> str:
    """Return a function's breakers as ASCII JSON."""
    return dump({version: asdict(breaker) for version, breaker in breakers.items()})


def load_breakers(text: str) -> Breakers:
    """Return the breakers that :func:`dump_breakers` wrote."""
    kept = cast("dict[str, dict[str, Any]]", parse(text))
    return {version: Breaker(**fields) for version, fields in kept.items()}
