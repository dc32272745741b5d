"""The author's own line of a function: from the project in this folder, or from the document."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from isolambda_cli.api.client import Api
from isolambda_cli.api.errors import ApiError, UnreachableError
from isolambda_cli.project.errors import ProjectError
from isolambda_cli.project.files import read_text
from isolambda_cli.project.manifest import read_project
from isolambda_cli.report import SourceOf
from isolambda_core.domain.limits import SOURCE_BYTES

_BODIES = (None, "function.js", "function.ts")
"""What an error calls the source of a function that is no module."""


def source_of(api: Api, function_id: str, version: str | int | None) -> SourceOf:
    """Return what finds a line of a function, as it was executed.

    The project's own file is looked at first, and then the document of the draft or the version.
    """

    def line_of(file: str | None, line: int) -> str | None:
        text = _in_project(function_id, file)
        if text is None:
            text = _in_document(api, function_id, version, file)
        lines = [] if text is None else text.split("\n")
        return lines[line - 1].rstrip("\r") if 0 < line <= len(lines) else None

    return line_of


def _in_project(function_id: str, file: str | None) -> str | None:
    with suppress(ProjectError):
        for spec in read_project().functions.values():
            if spec.id == function_id:
                name = spec.main if file in _BODIES else str(file)
                return read_text(spec.folder, name, SOURCE_BYTES)
    return None


def _in_document(
    api: Api, function_id: str, version: str | int | None, file: str | None
) -> str | None:
    path = f"functions/{function_id}"
    try:
        found: Mapping[str, Any] = api.get(
            path if version in (None, "$LATEST") else f"{path}/versions/{version}"
        )
    except (ApiError, UnreachableError):
        return None  # a key that may only execute does not read
    files = found.get("files")
    text = files.get(file) if isinstance(files, Mapping) else None
    text = found.get("function_js") if text is None and file in _BODIES else text
    return text if isinstance(text, str) else None
