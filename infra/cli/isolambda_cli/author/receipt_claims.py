"""Compare the input, the result and the source of an execution with what a receipt says of them."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from isolambda_core.domain.errors import IsolambdaError
from isolambda_core.domain.functions.files import ENTRY_FILES, sha256_of_files
from isolambda_core.domain.json_text import InvalidJsonError, dump_readable, parse, to_utf8
from isolambda_core.domain.limits import MIB

_BYTES = 16 * MIB
"""More than any input, result or document has."""
_TYPESCRIPT = (".ts", ".mts")


class OtherThanReceiptError(IsolambdaError):
    """A file is not what the receipt says of it."""

    def __init__(self, what: str, path: Path, found: str, expected: str | None) -> None:
        stated = f"the SHA-256 {expected}" if expected else f"no {what}"
        super().__init__(
            f"{path}: is not the {what}: its SHA-256 is {found}; the receipt has {stated}"
        )


def require_input(claims: Mapping[str, Any], path: Path) -> None:
    """Let pass JSON that is the input of the execution.

    Raises:
        OtherThanReceiptError: it is not.
        OSError: it cannot be read.
    """
    _require_json("input", claims, path)


def require_result(claims: Mapping[str, Any], path: Path) -> None:
    """Let pass JSON that is the result of the execution; see :func:`require_input`."""
    _require_json("result", claims, path)


def require_source(claims: Mapping[str, Any], path: Path) -> None:
    """Let pass the source that ran: a file, or the JSON of a function or a version.

    Raises:
        OtherThanReceiptError: it is another one.
        OSError: it cannot be read.
    """
    data = _read(path)
    found = _digest_of_document(data) if path.suffix == ".json" else None
    if found is None:
        language = "typescript" if path.suffix in _TYPESCRIPT else "javascript"
        found = sha256_of_files((ENTRY_FILES[language], data.decode("utf-8", "replace")), ())
    if found != claims["source_sha256"]:
        raise OtherThanReceiptError("source", path, found, claims["source_sha256"])


def _require_json(what: str, claims: Mapping[str, Any], path: Path) -> None:
    expected, data = claims[f"{what}_sha256"], _read(path)
    if all(_sha256(each) != expected for each in _forms_of(data)):
        raise OtherThanReceiptError(what, path, _sha256(data), expected)


def _forms_of(data: bytes) -> Iterator[bytes]:
    """Yield JSON as it is, without space around it, and as Isolambda writes it."""
    yield data
    yield data.strip()
    try:
        yield to_utf8(dump_readable(parse(data)))
    except InvalidJsonError:
        return


def _digest_of_document(data: bytes) -> str | None:
    try:
        found = parse(data)
    except InvalidJsonError:
        return None
    document = found.get("data", found) if isinstance(found, Mapping) else None
    if not isinstance(document, Mapping) or not isinstance(document.get("function_js"), str):
        return None
    entry = ENTRY_FILES.get(str(document.get("language_pack", "javascript")))
    files = document.get("files", {})
    if entry is None or not isinstance(files, Mapping):
        return None
    texts = [(name, text) for name, text in files.items() if isinstance(text, str)]
    return sha256_of_files((entry, str(document["function_js"])), texts)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_BYTES)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
