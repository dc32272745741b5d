"""The door for a Kazoo switch: a callflow for a call, within five seconds.

K: applications/pivot/doc/kazoo/README.md, core/kazoo_translator/src/kzt_translator.erl. A pivot
node sends the call as a query, a form or JSON, without an envelope, and wants the bare callflow.
"""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response

from isolambda_api.body import FORM, Body, media_type, payload_of, read_json
from isolambda_api.dependencies import Services, UseCases, services_of
from isolambda_api.errors import MalformedBodyError
from isolambda_api.exchange import exchange_of
from isolambda_api.kazoo.admission import ExecutingAccount, FunctionId
from isolambda_api.kazoo.qualifiers import Wanted, WantedVersion
from isolambda_api.kazoo.request import Envelope
from isolambda_api.manner import VERSION_HEADER
from isolambda_core.domain.execution import Origin
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.orders import Order

router = APIRouter(tags=["Calls"])

_DOOR = "/pivot/{account_id}/{function_id}"
_KEY = "key"
_OURS = (_KEY, "qualifier", "auth_token", "authorization", "accept")
_NESTED = re.compile(r"([^\[\]]+)\[([^\[\]]+)\]")


async def open_exchange(request: Request) -> None:
    """Let the key of the query stand for the token of an envelope, which a switch does not send."""
    exchange_of(request).tokens = services_of(request).rates.untouched
    request.state.envelope = Envelope({"auth_token": request.query_params.get(_KEY)})


@router.get(_DOOR)
def answer_call_in_query(
    request: Request,
    account: ExecutingAccount,
    function_id: FunctionId,
    wanted: Wanted,
    services: UseCases,
) -> Response:
    """Answer a call that comes as a query."""
    call = _call(request, account.id, {})
    return _answer(services, _order(request, account.id, function_id, wanted, call))


@router.post(_DOOR)
def answer_call(
    request: Request,
    account: ExecutingAccount,
    function_id: FunctionId,
    wanted: Wanted,
    body: Body,
    services: UseCases,
) -> Response:
    """Answer a call that comes as a form or as JSON."""
    call = _call(request, account.id, _fields(request, body))
    return _answer(services, _order(request, account.id, function_id, wanted, call))


def _order(
    request: Request, account_id: str, function_id: str, wanted: WantedVersion, call: JsonValue
) -> Order:
    return Order(
        account_id,
        function_id,
        payload_of(call),
        wanted.qualifier,
        wanted.affinity,
        Origin("pivot", exchange_of(request).request_id),
        as_callflow=True,
    )


def _answer(services: Services, order: Order) -> Response:
    answer = services.calls.answer(order)
    version = {} if answer.record is None else {VERSION_HEADER: answer.record.version}
    # A switch takes the callflow from nothing but exactly this content type.
    return Response(answer.callflow.encode(), headers=version, media_type="application/json")


def _call(request: Request, account_id: str, body: Mapping[str, JsonValue]) -> JsonValue:
    query = _joined((k, v) for k, v in request.query_params.multi_items() if k not in _OURS)
    # What the switch says itself comes after what it always means (K: kzt_kazoo.erl, req_params).
    known: Mapping[str, JsonValue] = {
        "Account-ID": account_id,
        "Api-Version": "4.x",
        "Direction": "inbound",
    }
    return _nested({**known, **query, **body})


def _fields(request: Request, body: bytes) -> Mapping[str, JsonValue]:
    text = body.strip()
    if not text:
        return {}
    if media_type(request) == FORM and not text.startswith(b"{"):
        try:
            return _joined(parse_qsl(text.decode(), keep_blank_values=True, errors="strict"))
        except UnicodeDecodeError as error:
            raise MalformedBodyError("the form is not UTF-8") from error
    fields = read_json(text)
    if not isinstance(fields, dict):
        raise MalformedBodyError("the body must be an object")
    return fields


def _joined(pairs: Iterable[tuple[str, str]]) -> Mapping[str, JsonValue]:
    """Return fields by name; one that is there several times, as ``User-ID`` can be, is a list."""
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name.removesuffix("[]"), []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in fields.items()}


def _nested(fields: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    """Return the fields with those of flattened objects, ``a[b]``, as objects as well.

    Functions written for Kazoo read ``call['Custom-SIP-Headers[X-Id]']``; a switch that sends JSON
    has them nested. Both names work, whichever way they came.
    """
    nested: dict[str, JsonValue] = dict(fields)
    for name, value in fields.items():
        parts = _NESTED.fullmatch(name)
        if parts is not None:
            inside = nested.get(parts[1])
            nested[parts[1]] = {**(inside if isinstance(inside, dict) else {}), parts[2]: value}
        if isinstance(value, dict):
            flat = {f"{name}[{key}]": inner for key, inner in value.items()}
            nested = {**flat, **nested}
    return nested
