"""What a saved call of a project expects, as saved calls of an account have it."""

from collections.abc import Mapping
from pathlib import Path

from isolambda_core.domain.contracts.documents import SavedCallInput
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import InvalidDocumentError, IsolambdaError
from isolambda_core.domain.executions.execution import Outcome
from isolambda_core.domain.json_text import InvalidJsonError, parse

KEYS = {"function", "input", "expected", "expect"}
"""What a saved call in a file may have."""
OK = Outcome.OK.value
_ANY_NAME = "file"


class SavedCallError(IsolambdaError):
    """A saved call cannot be read, or is none."""


def read_expectation(path: Path) -> Document:
    """Return ``input`` and ``expect`` of the saved call in a file, as an account has them.

    Raises:
        SavedCallError: it is none.
        OSError: it cannot be read.
    """
    try:
        value = parse(path.read_bytes())
    except InvalidJsonError as error:
        raise SavedCallError(f"{path}: {error}") from error
    if not isinstance(value, Mapping) or value.keys() - KEYS:
        raise SavedCallError(f'{path}: a saved call has "function", "input" and "expect"')
    return {"input": value.get("input"), "expect": expect_of(str(path), value)}


def expect_of(file: str, value: Document) -> Document:
    """Return what is expected: ``expected`` is short for ``equal``, and by default any result."""
    if "expect" not in value:
        return {"equal": value["expected"]} if "expected" in value else {"outcome": OK}
    if "expected" in value:
        raise SavedCallError(f'{file}: a saved call has "expect" or "expected", and not both')
    from isolambda_core.adapters.json_schemas import (  # noqa: PLC0415 - few expect a schema
        JsonSchemaChecker,
    )

    given: Document = {"input": value.get("input"), "expect": value["expect"]}
    try:
        return SavedCallInput.parse(_ANY_NAME, given, JsonSchemaChecker().check).expect
    except InvalidDocumentError as error:
        raise SavedCallError(f"{file}: {error}") from error
