"""Bind a request as ServiceStack does: names in any case, from a JSON body, a form or the query."""

import re
from collections.abc import Mapping
from typing import Annotated, cast
from urllib.parse import parse_qsl

from fastapi import Depends, Path, Request

from isolambda_api.auth import NoCredentialsError, recognise, take_tokens
from isolambda_api.body import FORM, media_type, payload_of, read_json
from isolambda_api.codemash.errors import InvalidFieldError
from isolambda_api.dependencies import UseCases
from isolambda_api.errors import MalformedBodyError
from isolambda_core.domain.aliases import NAME_PATTERN
from isolambda_core.domain.api_keys import Scope
from isolambda_core.domain.functions import LATEST
from isolambda_core.domain.ids import GUID_PATTERN, parse_guid
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.limits import REQUEST_COST

QUALIFIER_PATTERN = rf"^$|^[0-9]{{1,10}}$|^{re.escape(LATEST)}$|{NAME_PATTERN}"
"""A version, ``$LATEST``, an alias, or nothing."""

_Fields = Mapping[str, JsonValue]
_NO_DATA = "{}"
_QUALIFIER = re.compile(QUALIFIER_PATTERN)


def _project(request: Request, services: UseCases) -> str:
    query = _lower(request.query_params)
    given = request.headers.get("x-cm-projectid") or str(
        query.get("x-cm-projectid") or query.get("projectid") or ""
    )
    take_tokens(request, services, parse_guid(given) or "", REQUEST_COST)
    caller = recognise(request, services, query.get("apikey"))
    if caller is None:
        raise NoCredentialsError
    project_id = _guid("ProjectId", given) if given else ""
    function_id = parse_guid(request.path_params["id"].strip())
    account_id = project_id or caller.account_id
    return services.access.authorize(caller, account_id, Scope.EXECUTE, function_id).id


async def _function_id(
    function_id: Annotated[
        str,
        Path(
            alias="id",
            description="The function: a GUID, with or without dashes.",
            json_schema_extra={"pattern": GUID_PATTERN},
        ),
    ],
) -> str:
    return _guid("Id", function_id)


ProjectId = Annotated[str, Depends(_project)]
"""The account of the key, and of the project id when the request names one."""

FunctionId = Annotated[str, Depends(_function_id)]
"""The function in the path, as an id without dashes."""


def bind(request: Request, body: bytes) -> _Fields:
    """Return the request's fields by lower-case name; those of the body win over the query.

    Raises:
        MalformedBodyError: the body is neither a JSON object nor a form.
    """
    query = _lower(request.query_params)
    text = body.strip()
    if not text:
        return query
    # curl calls JSON a form unless it is told otherwise.
    if media_type(request) == FORM and not text.startswith(b"{"):
        return {**query, **_form(text)}
    return {**query, **_json(text)}


def input_of(fields: _Fields) -> str:
    """Return the input as JSON text: ``Data``, or ``Template`` as it was once called.

    It is JSON text in a string, as the SDKs send it, or the JSON itself; ``{}`` when there is none.

    Raises:
        MalformedBodyError: the string is not JSON.
    """
    data = fields.get("data")
    if data is None:
        return _NO_DATA
    if not isinstance(data, str):
        return payload_of(data)
    if not data.strip():
        return _NO_DATA
    read_json(data)
    return data


def qualifier_of(fields: _Fields) -> str:
    """Return the version or alias that is asked for; a number may come as one.

    Raises:
        InvalidFieldError: it can be the name of neither.
    """
    match fields.get("qualifier"):
        case None:
            return LATEST
        case bool():  # a number to Python
            pass
        case str() | int() as given if _QUALIFIER.fullmatch(str(given)):
            return str(given) or LATEST
    raise InvalidFieldError(
        "Qualifier", "ArgumentException", "Qualifier must be a version or an alias"
    )


def texts_of(fields: _Fields, name: str) -> Mapping[str, str]:
    """Return ``Meta`` or ``Tokens``: an object of texts, or its JSON in a string.

    Raises:
        InvalidFieldError: it is neither.
    """
    given = fields.get(name.lower())
    if isinstance(given, str):
        try:
            given = read_json(given) if given.strip() else None
        except MalformedBodyError as error:
            message = f"{name} is not valid JSON: {error.reason}"
            raise InvalidFieldError(name, "SerializationException", message) from error
    if given is None:
        return {}
    if not isinstance(given, dict) or not all(isinstance(text, str) for text in given.values()):
        raise InvalidFieldError(name, "ArgumentException", f"{name} must be an object of texts")
    return cast("Mapping[str, str]", given)


def _guid(field: str, text: str) -> str:
    identifier = parse_guid(text.strip())
    if identifier is None:
        raise InvalidFieldError(field, "FormatException", f"{field} must be a GUID")
    return identifier


def _lower(fields: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return fields by lower-case name; ``Template`` is the older name of ``Data``."""
    lower = {name.lower(): value for name, value in fields.items()}
    template = lower.pop("template", None)
    if lower.get("data") is None and template is not None:
        lower["data"] = template
    return lower


def _form(body: bytes) -> _Fields:
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError as error:
        raise MalformedBodyError("the form is not UTF-8") from error
    return _lower(dict(pairs))


def _json(body: bytes) -> _Fields:
    fields = read_json(body)
    if not isinstance(fields, dict):
        raise MalformedBodyError("the body must be an object")
    return _lower(fields)
