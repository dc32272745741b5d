"""The schemas of a function in files of a project, which its manifest names."""

import json
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from isolambda_cli.project.errors import BundleError
from isolambda_cli.project.files import read_text
from isolambda_core.domain.documents import Document
from isolambda_core.domain.json_text import InvalidJsonError, JsonValue, dump, parse
from isolambda_core.domain.limits import SCHEMA_BYTES

SCHEMAS = ("input_schema", "result_schema")
"""The keys of a document that are schemas; in a manifest they are tables or paths of files."""
_FILE_BYTES = 4 * SCHEMA_BYTES
"""A file may be indented."""


def read_schema(folder: Path, name: str) -> Document:
    """Return the schema in a file of a project.

    Raises:
        BundleError: it cannot be read, is no object in JSON, or has null where no merge patch can
            write it.
    """
    try:
        schema = parse(read_text(folder, name, _FILE_BYTES))
    except InvalidJsonError as error:
        raise BundleError(f"{name}: {error}") from error
    if not isinstance(schema, dict):
        raise BundleError(f"{name}: must be an object")
    null = _null_in(schema)
    if null is not None:
        raise BundleError(f'{name}: {null} is null, which cannot be deployed: use "type": "null"')
    return schema


def schema_text(schema: JsonValue) -> str:
    """Return a schema as a file has it."""
    return json.dumps(schema, indent=2) + "\n"


def new_schema_files(document: Document, main: str) -> Mapping[str, str]:
    """Return names of files for the schemas that a document has, by key; ``main`` is its file."""
    stem = PurePosixPath(main).with_suffix("").as_posix().removeprefix("src/")
    names = {key: f"schemas/{stem}.{key.removesuffix('_schema')}.json" for key in SCHEMAS}
    return {key: name for key, name in names.items() if key in document}


def schema_files(folder: Path, document: Document, names: Mapping[str, str]) -> Mapping[str, str]:
    """Return the texts of files for the schemas of a document; ``names`` are theirs, by key.

    A file that has the same schema keeps its text.
    """
    return {
        name: _text(folder, name, document[key]) for key, name in names.items() if key in document
    }


def _text(folder: Path, name: str, schema: JsonValue) -> str:
    try:
        text = read_text(folder, name, _FILE_BYTES)
        return text if dump(parse(text)) == dump(schema) else schema_text(schema)
    except (BundleError, InvalidJsonError):
        return schema_text(schema)


def _null_in(value: Mapping[str, JsonValue]) -> str | None:
    for key, inner in value.items():
        if inner is None:
            return key
        found = _null_in(inner) if isinstance(inner, Mapping) else None
        if found is not None:
            return f"{key}.{found}"
    return None
