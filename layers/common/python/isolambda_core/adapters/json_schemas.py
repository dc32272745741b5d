"""The port ``SchemaChecker`` on the library ``jsonschema_rs``."""

from collections.abc import Iterator

import jsonschema_rs

from isolambda_core.domain.errors import Violation
from isolambda_core.domain.json_text import JsonValue, parse
from isolambda_core.domain.schemas.contract import Fault
from isolambda_core.domain.schemas.documents import check_schema
from isolambda_core.ports.schemas import Schema


class JsonSchemaChecker:
    """The port ``SchemaChecker``."""

    def check(self, schema: JsonValue) -> Iterator[Violation]:
        """Yield what is wrong with a schema; see ``SchemaChecker.check``."""
        yield from check_schema(schema)

    def first_fault(self, schema: Schema, text: bytes) -> Fault | None:
        """Return where a value does not fit a schema; see ``SchemaChecker.first_fault``."""
        validator = jsonschema_rs.Draft202012Validator(dict(schema))
        for error in validator.iter_errors(parse(text)):
            keys = tuple(str(each) for each in error.instance_path)
            return Fault(keys, str(error.schema_path[-1]), error.message)
        return None
