"""Bind a request as ServiceStack does: names in any case, from a JSON body, a form or the query."""

import re
from collections.abc import Mapping
from typing import Annotated, cast

from fastapi import Depends, Path, Request

from isolambda_api.codemash.errors import InvalidFieldError
from isolambda_api.http.authentication import NoCredentialsError, authenticate
from isolambda_api.http.body import (
    form_fields,
    is_form,
    payload_of,
    read_json,
)
from isolambda_api.http.context import context_of
from isolambda_api.http.errors import MalformedBodyError
from isolambda_api.http.raises import EXAMPLE_ID, raises, reads
from isolambda_api.http.services import services_of
from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.api_keys import Scope
from isolambda_core.domain.accounts.errors import (
    AccountDisabledError,
    AccountNotFoundError,
    ForbiddenError,
    TooManyRequestsError,
)
from isolambda_core.domain.documents import with_integers
from isolambda_core.domain.errors import IsolambdaError
from isolambda_core.domain.functions.aliases import NAME_PATTERN
from isolambda_core.domain.functions.functions import LATEST
from isolambda_core.domain.ids import GUID_PATTERN, parse_guid
from isolambda_core.domain.json_text import (
    BYTE_ORDER_MARK,
    InvalidJsonError,
    JsonValue,
    faulty_key,
    parse,
    to_utf8,
    without_mark,
)

QUALIFIER_PATTERN = rf"^$|^[0-9]{{1,10}}$|^{re.escape(LATEST)}$|{NAME_PATTERN}"
"""A version, ``$LATEST``, an alias, or nothing."""

_TEXTS = {
    "content": {
        "application/json": {
            "schema": {"type": "object", "additionalProperties": {"type": "string"}}
        }
    }
}
QUERY_PARAMETERS = [
    {"name": name, "in": "query", "description": description, **form}
    for name, description, form in (
        (
            "Data",
            "The input as JSON text; `Template` is another name of it.",
            {"content": {"application/json": {"schema": {}}}},
        ),
        (
            "Qualifier",
            "A version number or an alias; `$LATEST` when absent.",
            {"schema": {"type": "string", "pattern": QUALIFIER_PATTERN}},
        ),
        ("Meta", "An object of texts as JSON text; the function's `context.meta`.", _TEXTS),
        ("Tokens", "An object of texts as JSON text; the function's `context.tokens`.", _TEXTS),
    )
]
"""What :func:`bind` reads of a query, for the OpenAPI document."""

_Fields = Mapping[str, JsonValue]
_NO_DATA = b"{}"
_DATA = ("data", "template")
"""The names of the input, the older one last; of two values the one with the newer name counts."""
_NAMES: Mapping[str, str] = {
    name.lower(): name for name in ("Data", "Template", "Qualifier", "Meta", "Tokens")
}
_QUALIFIER = re.compile(QUALIFIER_PATTERN)


def _no_guid(field: str) -> InvalidFieldError:
    return InvalidFieldError(field, "FormatException", f"{field} must be a GUID")


@raises(
    TooManyRequestsError(0, 1),
    NoCredentialsError(),
    _no_guid("ProjectId"),
    ForbiddenError(),
    AccountNotFoundError(EXAMPLE_ID),
    AccountDisabledError(EXAMPLE_ID),
)
@reads(
    {
        "name": "x-cm-projectid",
        "in": "header",
        "description": "The project, a GUID; also in the query, there `ProjectId` as well. "
        "The key's when absent.",
        "schema": {"type": "string", "pattern": GUID_PATTERN},
    }
)
def _authorized_project(request: Request) -> Account:
    services = services_of(request)
    query = _lower(request.query_params)
    given = request.headers.get("x-cm-projectid") or str(
        query.get("x-cm-projectid") or query.get("projectid") or ""
    )
    caller = authenticate(request, services, None, query.get("apikey"))
    if caller is None:
        raise NoCredentialsError
    account_id = _guid("ProjectId", given) if given else caller.account_id
    function_id = parse_guid(request.path_params["id"].strip())
    account = services.access.authorize(caller, account_id, Scope.EXECUTE, function_id)
    context_of(request).account = account
    return account


@raises(_no_guid("Id"))
async def _guid_in_path(
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


AuthorizedProject = Annotated[Account, Depends(_authorized_project)]
"""The account of the key, or of the project that the request names, once authorized."""

FunctionId = Annotated[str, Depends(_guid_in_path)]
"""The function in the path, as an id without dashes."""


def bind(request: Request, body: bytes) -> _Fields:
    """Return the request's fields by lower-case name; those of the body win over the query.

    Raises:
        MalformedBodyError: the body is neither a JSON object nor a form.
        InvalidFieldError: a field of it cannot be read.
    """
    query = _lower(request.query_params)
    if not body:
        return query
    # curl declares JSON as a form unless the caller sets the header.
    fields = _lower(_form(body)) if is_form(request, body) else _fields_of(body)
    if any(name in fields for name in _DATA):
        query = {name: value for name, value in query.items() if name not in _DATA}
    return {**query, **fields}


def _fields_of(body: bytes) -> _Fields:
    """Return the fields of a JSON body by lower-case name.

    Raises:
        MalformedBodyError: the body is no JSON object.
        InvalidFieldError: a field of it cannot be read.
    """
    return _lower(_json(body))


def input_of(name: str, data: JsonValue) -> bytes:
    """Return the input as JSON in UTF-8, by the field ``name`` with the value ``data``.

    It is JSON text in a string, as the SDKs send it, or the JSON itself; ``{}`` when there is none.

    Raises:
        InvalidFieldError: the string is not JSON.
    """
    if data is None:
        return _NO_DATA
    if not isinstance(data, str):
        return payload_of(data)
    if data[:1] == BYTE_ORDER_MARK:  # rarely
        data = without_mark(data)
    if not data.strip():
        return _NO_DATA
    _read(name, data)
    return to_utf8(data)


def name_of_input(fields: _Fields) -> str:
    """Return the name under which the input came, ``Data`` where there is none."""
    return _NAMES[next((name for name in _DATA if name in fields), _DATA[0])]


def qualifier_of(fields: _Fields) -> str:
    """Return the version or alias that is asked for; a number may come as one.

    Raises:
        InvalidFieldError: it can be the name of neither.
    """
    match with_integers(fields, [("qualifier",)]).get("qualifier"):
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
        given = _read(name, given) if without_mark(given).strip() else None
    if given is None:
        return {}
    if not isinstance(given, dict) or not all(isinstance(text, str) for text in given.values()):
        raise InvalidFieldError(name, "ArgumentException", f"{name} must be an object of texts")
    return cast("Mapping[str, str]", given)


def _guid(field: str, text: str) -> str:
    identifier = parse_guid(text.strip())
    if identifier is None:
        raise _no_guid(field)
    return identifier


def _lower(fields: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return fields by lower-case name, and the input under one of its names alone."""
    lower = {name.lower(): value for name, value in fields.items()}
    newer, older = _DATA
    lower.pop(older if lower.get(newer) is not None else newer, None)
    return lower


def _form(body: bytes) -> _Fields:
    fields = {}
    for name, value in form_fields(body):
        field = name.decode("utf-8", "replace")
        try:
            fields[field] = value.decode()
        except UnicodeDecodeError as error:
            raise _unreadable(field, f"not UTF-8 at byte {error.start}") from error
    return fields


def _json(body: bytes) -> _Fields:
    try:
        fields = read_json(body, around=1)
    except MalformedBodyError as error:
        raise _unreadable(faulty_key(body), error.reason) from error
    if not isinstance(fields, dict):
        raise MalformedBodyError("the body must be an object or a form")
    return fields


def _read(name: str, text: str) -> JsonValue:
    try:
        return parse(text)
    except InvalidJsonError as error:
        raise _unreadable(name, str(error)) from error


def _unreadable(field: str | None, reason: str) -> IsolambdaError:
    name = _NAMES.get((field or "").lower())
    if name is None:
        return MalformedBodyError(reason)
    return InvalidFieldError(name, "SerializationException", f"{name} is not valid JSON: {reason}")
