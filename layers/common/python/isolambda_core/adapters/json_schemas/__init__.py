"""The port ``SchemaChecker`` on the library ``jsonschema_rs``."""

from isolambda_core.adapters.json_schemas.checker import JsonSchemaChecker

__all__ = ["JsonSchemaChecker"]
