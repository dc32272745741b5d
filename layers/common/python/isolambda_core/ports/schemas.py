"""What checks values against the schemas of functions."""

from collections.abc import Iterator, Mapping
from typing import Protocol

from isolambda_core.domain.errors import Violation
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.schemas.contract import Fault

Schema = Mapping[str, JsonValue]
"""A schema that :meth:`SchemaChecker.check` finds nothing wrong with."""


class SchemaChecker(Protocol):
    """Knows JSON Schema 2020-12, as ``domain.schemas.documents`` bounds it."""

    def check(self, schema: JsonValue) -> Iterator[Violation]:
        """Yield what is wrong with a schema, its patterns included; paths start at the schema."""
        ...

    def first_fault(self, schema: Schema, text: bytes) -> Fault | None:
        """Return where a value, as JSON in UTF-8, does not fit a schema, or None.

        The time that it takes is bounded by ``limits.SCHEMA_WORK``.
        """
        ...
