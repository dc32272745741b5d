"""Put what a schema refers to in place of the references, and count what that makes of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from isolambda_core.domain.errors import InvalidDocumentError, Violation
from isolambda_core.domain.json_schema import Path
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.limits import SCHEMA_DEPTH, SCHEMA_NODES
from isolambda_core.domain.schemas.keywords import (
    ASSERTIONS,
    DEFINITIONS,
    UNEVALUATED,
    mapping_of,
    subschemas,
    with_subschemas,
)

_LOCAL: Final = f"#/{DEFINITIONS}/"
_AGAIN: Final = 4
"""How often a subschema counts below ``unevaluated…``: a checker goes through it again for that."""
_NOT_LOCAL: Final = f"A reference leads to one of the schema's own definitions: `{_LOCAL}NAME`"
_UNKNOWN: Final = f"There is no such definition in the schema's `{DEFINITIONS}`"
_RECURSIVE: Final = "The reference leads to itself again"
_TOO_DEEP: Final = f"Subschemas must not nest more than {SCHEMA_DEPTH} levels deep"
_TOO_MANY: Final = f"The schema must not have more than {SCHEMA_NODES} subschemas, each reference \
counted as what it leads to, and all below an `unevaluated…` {_AGAIN} times"


def expanded(schema: Mapping[str, JsonValue]) -> JsonValue:
    """Return a schema of the same meaning without references, and without annotations.

    It has nothing but ``keywords``, and ``SCHEMA_NODES`` subschemas at most. Its shape must be that
    of a schema: this looks for no other mistake.

    Raises:
        InvalidDocumentError: a reference leads nowhere, out of the schema or to itself, or there is
            too much; the path is that of the reference or the subschema.
    """
    return _Expansion(mapping_of(schema.get(DEFINITIONS))).of(schema, ())


@dataclass(slots=True)
class _Expansion:
    definitions: Mapping[str, JsonValue]
    nodes: int = 0

    def of(
        self,
        schema: JsonValue,
        path: Path,
        depth: int = 1,
        weight: int = 1,
        within: frozenset[str] = frozenset(),
    ) -> JsonValue:
        """Return an expanded subschema; ``within`` are the definitions that lead to it."""
        self.nodes += weight
        if self.nodes > SCHEMA_NODES:
            raise _refused(path, _TOO_MANY)
        if depth > SCHEMA_DEPTH:
            raise _refused(path, _TOO_DEEP)
        if not isinstance(schema, Mapping):
            return schema
        if any(key in schema for key in UNEVALUATED):
            weight *= _AGAIN
        found = [
            (keys, self.of(subschema, path + keys, depth + 1, weight, within))
            for keys, subschema in subschemas(schema)
            if keys[0] != DEFINITIONS
        ]
        if "$ref" in schema:
            at = (*path, "$ref")
            name = self._name_of(schema["$ref"], at, within)
            target = self.of(self.definitions[name], at, depth + 1, weight, within | {name})
            found.append((("allOf", "$ref"), target))
        return with_subschemas({key: schema[key] for key in ASSERTIONS if key in schema}, found)

    def _name_of(self, reference: JsonValue, path: Path, within: frozenset[str]) -> str:
        if not isinstance(reference, str) or not reference.startswith(_LOCAL):
            if reference == "#":
                raise _refused(path, _RECURSIVE)
            raise _refused(path, _NOT_LOCAL)
        pointer = unquote(reference.removeprefix(_LOCAL))
        if "/" in pointer:
            raise _refused(path, _NOT_LOCAL)
        name = pointer.replace("~1", "/").replace("~0", "~")
        if name not in self.definitions:
            raise _refused(path, _UNKNOWN)
        if name in within:
            raise _refused(path, _RECURSIVE)
        return name


def _refused(path: Path, message: str) -> InvalidDocumentError:
    return InvalidDocumentError([Violation(path, "error", None, None, message)])
