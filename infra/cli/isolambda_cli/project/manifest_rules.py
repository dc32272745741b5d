"""The rules of what a manifest says of one function: its keys are those of the API's documents."""

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, cast

from isolambda_cli.project.errors import BundleError
from isolambda_cli.project.functions import FunctionSpec, id_of
from isolambda_cli.project.schemas import SCHEMAS, read_schema
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import InvalidDocumentError, Violation
from isolambda_core.domain.functions.aliases import is_name
from isolambda_core.domain.functions.functions import FUNCTION_SCHEMA, validated_function
from isolambda_core.domain.ids import parse_guid
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.limits import ALIASES, TRIGGERS
from isolambda_core.domain.triggers.documents import keys_of, validated_trigger
from isolambda_core.domain.triggers.triggers import TriggerType

SETTINGS = tuple(
    key
    for key in FUNCTION_SCHEMA["properties"]
    if key not in ("name", "function_js", "files", "language_pack")
)
"""The keys of a function's document that a manifest may set; sources say the others."""
_KEYS = ("main", "id", *SETTINGS, "triggers", "aliases")
_DEPLOY = "deploy"
_DEMANDS = {
    "required": "is missing",
    "additionalProperties": "unknown",
    "type": "must be of type {target}",
    "enum": "must be one of {target}",
    "pattern": "must match {target}",
    "minimum": "must be {target} or more",
    "maximum": "must be {target} or less",
    "minLength": "must have {target} characters or more",
    "maxLength": "must have {target} characters or less",
    "minItems": "must have {target} items or more",
    "maxItems": "must have {target} items or less",
    "maxDepth": "must nest {target} levels or less",
    "maxBytes": "must be {target} bytes or less as JSON",
}
"""What the rules of a document demand, by JSON Schema's names for them."""


class Fault(Exception):  # noqa: N818 - it becomes a ManifestError, with its line
    """What a key of the manifest breaks."""

    def __init__(self, path: Sequence[str], message: str) -> None:
        super().__init__(message)
        self.path = tuple(path)


def spec_of(folder: Path, project: str, name: str, table: JsonValue) -> FunctionSpec:
    """Return a function of the manifest.

    Raises:
        Fault: a key is unknown or missing, or a value breaks a rule of the API.
    """
    path = ("functions", name)
    if not isinstance(table, Mapping):
        raise Fault(path, "must be a table")
    for key in table:
        if key not in _KEYS:
            raise Fault((*path, key), f"unknown; a function has {', '.join(_KEYS)}")
    stated = {key: value for key, value in table.items() if key in SETTINGS}
    files = {
        key: PurePosixPath(name).as_posix()
        for key, name in stated.items()
        if key in SCHEMAS and isinstance(name, str)
    }
    settings = {**stated, **_read_schemas(folder, files, path)}
    _require_json(stated, path)
    _accept(validated_function, {"name": name, "function_js": "", **settings}, path)
    return FunctionSpec(
        folder,
        name,
        _id(project, name, table, path),
        _main(table, path),
        settings,
        _triggers(table.get("triggers", []), (*path, "triggers")),
        _aliases(table.get("aliases", {}), (*path, "aliases")),
        files,
    )


def _read_schemas(folder: Path, files: Mapping[str, str], path: Sequence[str]) -> Document:
    schemas: dict[str, JsonValue] = {}
    for key, name in files.items():
        try:
            schemas[key] = read_schema(folder, name)
        except BundleError as error:
            raise Fault((*path, key), str(error)) from error
    return schemas


def _id(project: str, name: str, table: Document, path: Sequence[str]) -> str:
    if "id" not in table:
        return id_of(project, name)
    found = parse_guid(f"{table['id']}")
    if found is None:
        raise Fault((*path, "id"), "must be 32 hexadecimal characters")
    return found


def _main(table: Document, path: Sequence[str]) -> str:
    main = table.get("main")
    if not isinstance(main, str):
        raise Fault((*path, "main"), "must be the path of the file with the function")
    parts = main.removeprefix("./").split("/")
    if not main.endswith((".js", ".mjs", ".ts", ".mts")):
        raise Fault((*path, "main"), "must end in .js, .mjs, .ts or .mts")
    if any(part in ("", ".", "..") for part in parts):
        raise Fault((*path, "main"), "must be below the project's folder, with / between folders")
    return "/".join(parts)


def _triggers(value: JsonValue, path: Sequence[str]) -> Sequence[Document]:
    if not isinstance(value, list) or not all(isinstance(each, Mapping) for each in value):
        raise Fault(path, "must be tables: [[functions.NAME.triggers]]")
    if len(value) > TRIGGERS:
        raise Fault(path, f"a function has at most {TRIGGERS} triggers")
    documents: list[Document] = []
    for index, each in enumerate(value):
        documents.append(_trigger(cast("Document", each), (*path, str(index))))
        name = documents[-1]["name"]
        if any(other["name"] == name for other in documents[:-1]):
            raise Fault(
                (*path, str(index)), f"another trigger is called {name!r}: give it a `name`"
            )
    return documents


def _trigger(table: Document, path: Sequence[str]) -> Document:
    _require_json(table, path)
    if "secret" in table:
        raise Fault((*path, "secret"), "does not belong into a file; send it to the trigger itself")
    checked = _accept(validated_trigger, {"name": table.get("type", ""), **table}, path)
    known = keys_of(TriggerType(cast("str", checked["type"])))
    for key in table:
        if key not in known:
            raise Fault((*path, key), f"unknown; such a trigger has {', '.join(known)}")
    return {key: value for key, value in checked.items() if key in table or key != "enabled"}


def _aliases(value: JsonValue, path: Sequence[str]) -> Sequence[str]:
    if not isinstance(value, Mapping):
        raise Fault(path, 'must be a table of names, each with "deploy"')
    for name, way in value.items():
        if not is_name(name):
            raise Fault((*path, name), "must be a name of letters, digits, _ and -")
        if way != _DEPLOY:
            raise Fault((*path, name), f'must be "{_DEPLOY}"')
    if len(value) > ALIASES:
        raise Fault(path, f"a function has at most {ALIASES} aliases")
    return tuple(value)


def _accept(validated: Any, document: Document, path: Sequence[str]) -> Document:
    try:
        return cast("Document", validated(document))
    except InvalidDocumentError as error:
        first = error.violations[0]
        raise Fault((*path, *first.path), _demand(first)) from error


def _demand(violation: Violation) -> str:
    if violation.message is not None:
        return violation.message
    target = violation.target
    if isinstance(target, list):
        target = ", ".join(map(str, target))
    return _DEMANDS.get(violation.rule, "breaks the rule {rule} {target}").format(
        rule=violation.rule, target=target
    )


def _require_json(value: Any, path: Sequence[str]) -> None:
    """Refuse what TOML has and JSON lacks: dates, times, and numbers that are none."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            _require_json(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _require_json(inner, (*path, str(index)))
    elif isinstance(value, float):
        if value - value != 0:
            raise Fault(path, "is no number that JSON has")
    elif not isinstance(value, str | bool | int):
        raise Fault(path, "is a date or a time: write it as text")
