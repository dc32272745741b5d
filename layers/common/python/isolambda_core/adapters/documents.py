"""How a function's document is stored: its source as bytes, everything else as JSON text."""

from typing import cast

from isolambda_core.domain.documents import Document
from isolambda_core.domain.json_text import dump, parse
from isolambda_core.domain.source_text import decode_source, encode_source


def split_document(document: Document) -> tuple[str, bytes]:
    """Return the document without its source, as ASCII JSON, and the source, encoded."""
    rest = {key: value for key, value in document.items() if key != "function_js"}
    return dump(rest), encode_source(cast("str", document["function_js"]))


def join_document(text: str, source: bytes) -> Document:
    """Return the document that :func:`split_document` took apart."""
    return {**cast("Document", parse(text)), "function_js": decode_source(source)}
