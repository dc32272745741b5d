"""Compare the input, the result and the source of an execution with what a receipt says of them."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from isolambda_cli.author.javascript_json import as_javascript_writes
from isolambda_core.domain.errors import IsolambdaError
from isolambda_core.domain.functions.files import ENTRY_FILES, sha256_of_files
from isolambda_core.domain.json_text import InvalidJsonError, dump_readable, parse, to_utf8
from isolambda_core.domain.limits import MIB

_BYTES = 16 * MIB
"""More than any input, result or document has."""
_TYPESCRIPT = (".ts", ".mts")
_SHOWN = 12
"""So many digits of a digest tell which one it is; all 64 would be taken for a key, and masked."""


class OtherThanReceiptError(IsolambdaError):
    """A file is not what the receipt says of it."""

    def __init__(self, what: str, path: Path, found: str, expected: str | None) -> None:
        stated = f"that of {expected[:_SHOWN]}…" if expected else f"no {what}"
        super().__init__(
            f"{path}: is not the {what}: its SHA-256 is {found[:_SHOWN]}…; the receipt has {stated}"
        )


class TooLongToVerifyError(IsolambdaError):
    """A file is longer than anything that a receipt is of."""

    def __init__(self, what: str, path: Path) -> None:
        super().__init__(f"{path}: is longer than {_BYTES} bytes, as no {what} is")


def require_input(claims: Mapping[str, Any], path: Path) -> None:
    """Let pass JSON that is the input of the execution.

    Raises:
        OtherThanReceiptError: it is not.
        TooLongToVerifyError: it cannot be.
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
        TooLongToVerifyError: it cannot be.
        OSError: it cannot be read.
    """
    data = _read("source", path)
    found = _digest_of_document(data) if path.suffix == ".json" else None
    if found is None:
        found = _digest_of_file(data, is_typescript=path.suffix in _TYPESCRIPT)
    if found != claims["source_sha256"]:
        raise OtherThanReceiptError("source", path, found, claims["source_sha256"])


def _require_json(what: str, claims: Mapping[str, Any], path: Path) -> None:
    expected, data = claims[f"{what}_sha256"], _read(what, path)
    if all(_sha256(each) != expected for each in _forms_of(data)):
        raise OtherThanReceiptError(what, path, _sha256(data), expected)


def _forms_of(data: bytes) -> Iterator[bytes]:
    """Yield JSON as it is, without space around it, as inputs are written, and as results are."""
    yield data
    yield data.strip()
    with suppress(InvalidJsonError):
        yield to_utf8(dump_readable(parse(data)))
    with suppress(InvalidJsonError):
        yield as_javascript_writes(data)


def _digest_of_file(data: bytes, *, is_typescript: bool) -> str:
    try:
        text = data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:  # no source is like that
        return _sha256(data)
    entry = ENTRY_FILES["typescript" if is_typescript else "javascript"]
    return sha256_of_files((entry, text), ())


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
    if len(texts) < len(files):
        return None
    return sha256_of_files((entry, str(document["function_js"])), texts)


def _read(what: str, path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(_BYTES + 1)
    if len(data) > _BYTES:
        raise TooLongToVerifyError(what, path)
    return data


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
