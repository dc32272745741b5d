"""What the OpenAPI document has of the paths at which functions answer themselves.

Imported when a client asks for the document.
"""

from collections import defaultdict
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from isolambda_api.http.openapi import REFERENCE, SECURED
from isolambda_api.http_functions.problems import MEDIA_TYPE, OUTCOMES, TABLE
from isolambda_api.http_functions.requests import WITH_BODY
from isolambda_core.domain.triggers.types.http import METHODS, PATH_PATTERN

PATH: Final = "/http/{account_id}/{path}"
_PROBLEM: Final[Mapping[str, Any]] = {
    "type": "object",
    "description": "An answer that is not the function's (RFC 9457).",
    "required": ["title", "status", "code"],
    "properties": {
        "title": {"type": "string", "description": "The phrase of the status."},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "What it is, for programs."},
        "detail": {"type": "string", "description": "What the client can do about it."},
        "execution_id": {"type": "string", "description": "The execution that failed."},
    },
}
SCHEMAS: Final[Mapping[str, Any]] = {"Problem": _PROBLEM}
"""The schemas that ``PATHS`` refers to."""

_PARAMETERS: Final = [
    {
        "name": "account_id",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
    },
    {
        "name": "path",
        "in": "path",
        "required": True,
        "description": "The `path` of a trigger of type `http`.",
        "schema": {"type": "string", "pattern": f"^{PATH_PATTERN}$"},
    },
]
_DESCRIPTION: Final = (
    "Executes the function that has the path in a trigger of type `http`, and answers as it does. "
    "All that is below the path, `{path}/…`, belongs to the function as well. The trigger says "
    "which methods it answers, and what a request has to show: nothing, an API key, a token (JWT) "
    "or a signature. A trigger with a `host` has all of that host in the same way. The function "
    "may also answer any of the statuses here as it likes."
)


def _responses() -> Mapping[str, Any]:
    codes = defaultdict[int, set[str]](set)
    for status, code in TABLE.values():
        codes[status].add(code)
    for outcome, status in OUTCOMES.items():
        codes[status].add(outcome.value)
    function_answers = {"description": "What the function answers.", "content": {"*/*": {}}}
    return {
        **{f"{status}": _refusal(status, codes[status]) for status in sorted(codes)},
        "default": function_answers,
    }


def _refusal(status: int, codes: set[str]) -> Mapping[str, Any]:
    phrase = HTTPStatus(status).phrase
    examples = {
        code: {"value": {"title": phrase, "status": status, "code": code}} for code in sorted(codes)
    }
    schema = {"$ref": REFERENCE.format(model="Problem")}
    return {
        "description": phrase,
        "content": {MEDIA_TYPE: {"schema": schema, "examples": examples}},
    }


def _operation(method: str) -> Mapping[str, Any]:
    body: Mapping[str, Any] = {"content": {"*/*": {}}}
    return {
        "operationId": f"ask_http_function_by_{method.lower()}",
        "summary": f"Send a {method} to an HTTP function",
        "description": _DESCRIPTION,
        "tags": ["HTTP functions"],
        "parameters": _PARAMETERS,
        **({"requestBody": body} if method in WITH_BODY else {}),
        "responses": _responses(),
        "security": [{}, *SECURED["security"]],
    }


PATHS: Final[Mapping[str, Any]] = {
    PATH: {method.lower(): _operation(method) for method in METHODS},
}
"""The paths, which are no routes of FastAPI's."""
