"""What a function's document says of its tool."""

from isolambda_core.domain import limits
from isolambda_core.domain.json_schema import Schema

NAME_PATTERN = rf"[A-Za-z0-9_-]{{1,{limits.TOOL_NAME_CHARACTERS}}}"
"""What a tool may be called: what every client and every model takes."""
TOOL_SCHEMA: Schema = {
    "type": "object",
    "additionalProperties": False,
    "required": ("description",),
    "properties": {
        "description": {
            "type": "string",
            "minLength": 1,
            "maxLength": limits.TOOL_DESCRIPTION_CHARACTERS,
            "description": "What the tool does, and when to use it, as a model reads it.",
            "examples": ["Returns the balance of a customer, in cents."],
        },
        "name": {
            "type": "string",
            "pattern": NAME_PATTERN,
            "description": "What the tool is called; by default as the function, with `_` for "
            "what a tool's name may not have.",
            "examples": ["get_balance"],
        },
        "approval": {
            "type": "boolean",
            "description": "Whether a person is to approve each call; code cannot make it then.",
            "default": False,
        },
        "annotations": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "title": {
                    "type": "string",
                    "maxLength": limits.NAME_CHARACTERS,
                    "examples": ["Balance"],
                },
                **{
                    hint: {"type": "boolean", "examples": [True]}
                    for hint in (
                        "readOnlyHint",
                        "destructiveHint",
                        "idempotentHint",
                        "openWorldHint",
                    )
                },
            },
            "description": "Hints for clients, as the Model Context Protocol has them.",
        },
    },
}
"""What makes a function a tool."""
