"""The endpoint for a Kazoo switch: a callflow for a call, within five seconds.

K: applications/pivot/doc/kazoo/README.md, core/kazoo_translator/src/kzt_translator.erl. A pivot
node sends the call as a query, a form or JSON, without an envelope, and wants the bare callflow.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from isolambda_api.http.authentication import NoCredentialsError, authenticate
from isolambda_api.http.body import (
    BODY_ERRORS,
    aside,
    form_fields,
    is_form,
    payload_of,
    read_body,
    read_json,
)
from isolambda_api.http.context import context_of
from isolambda_api.http.deferred_route import DeferredRoute
from isolambda_api.http.errors import (
    MalformedBodyError,
    RequestError,
)
from isolambda_api.http.invocation_options import (
    EXECUTION_ERRORS,
    PAYLOAD_TOO_LARGE,
    VERSION_HEADER,
    hops_of,
)
from isolambda_api.http.raises import EXAMPLE_ID, raises, reads
from isolambda_api.http.services import (
    UseCases,
    services_of,
)
from isolambda_api.kazoo.authorization import (
    ACCOUNT_ERRORS,
    AccountIdInPath,
    authorize_account,
    token_places,
)
from isolambda_api.kazoo.ids import FunctionId
from isolambda_api.kazoo.qualifiers import RequestedVersion, VersionSelector
from isolambda_api.kazoo.request import Envelope
from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.api_keys import Caller, Scope
from isolambda_core.domain.accounts.errors import TooManyRequestsError, UnauthorizedError
from isolambda_core.domain.errors import InvalidDocumentError, Violation
from isolambda_core.domain.executions.errors import CallFailedError
from isolambda_core.domain.executions.execution import (
    ExecutionError,
    ExecutionResult,
    Origin,
    Outcome,
)
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.functions.errors import CallRefusedError
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.limits import CALL_FIELDS
from isolambda_core.domain.secrets.errors import MissingSecretError, UnopenedSecretError
from isolambda_core.services.executions.pivot_calls import CallResponse

router = APIRouter(route_class=DeferredRoute, tags=["Calls"])

PREFIX = "/pivot"
ENDPOINT = f"{PREFIX}/{{account_id}}/{{function_id}}"
KEY = "key"
NOT_OF_THE_CALL = (KEY, "qualifier", "auth_token", "authorization", "accept")
"""The fields of a query that are for the API, and not for the function."""
_NEITHER = "the body must be an object or a form"
_THROWN = ExecutionError("TypeError", "call.items is undefined")
_REFUSED = (
    InvalidDocumentError([Violation(("call",), "maxProperties", CALL_FIELDS, CALL_FIELDS + 1)]),
    PAYLOAD_TOO_LARGE,
    *EXECUTION_ERRORS,
    CallRefusedError(EXAMPLE_ID),
    MissingSecretError("STRIPE_KEY"),
    UnopenedSecretError("STRIPE_KEY"),
    CallFailedError(ExecutionResult(EXAMPLE_ID, Outcome.EXCEPTION, error=_THROWN)),
)
_NESTED = re.compile(r"([^\[\]]+)\[([^\[\]]+)\]")


@dataclass(frozen=True, slots=True)
class _CallBody:
    """The fields of a call in the body from a switch; ``fault`` is why there are none."""

    fields: Mapping[str, JsonValue]
    fault: RequestError | None = None


async def prepare_request(request: Request) -> None:
    """Read nothing: a call comes without an envelope."""
    context_of(request).tokens = services_of(request).rates.untouched
    request.state.envelope = Envelope()


def authenticate_call(request: Request) -> Caller | None:
    """Return whose key or token a call carries, if it carries one.

    A call costs nothing: all calls of a switch come from one address, and cannot wait. What shows
    no valid key is no call, and is charged. The key in the query comes before all headers, into
    which a phone may have put anything.

    Raises:
        TooManyRequestsError: there is no valid key, and the bucket of the address is empty.
        UnauthorizedError: the key or token is not good.
    """
    return authenticate(
        request,
        services_of(request),
        request.query_params.get(KEY),
        *token_places(request),
        is_caller_free=True,
    )


@raises(TooManyRequestsError(0, 4), UnauthorizedError(), NoCredentialsError(), *ACCOUNT_ERRORS)
@reads(
    {
        "name": KEY,
        "in": "query",
        "description": "An API key of the account, best one that may only execute.",
        "schema": {"type": "string"},
    }
)
def _calling_account(request: Request, account_id: AccountIdInPath) -> Account:
    # A switch takes nothing but a callflow, whatever `Accept` a phone may have put into the call.
    return authorize_account(request, account_id, authenticate_call(request), Scope.EXECUTE)


CallingAccount = Annotated[Account, Depends(_calling_account)]
"""The account in the path, whose function answers a call."""


async def _read_call(request: Request) -> _CallBody:
    """Read the body; what a caller's phone can put into it refuses no call."""
    try:
        body = await read_body(request)
        return _CallBody(await aside(partial(_fields, request), body))
    except RequestError as error:
        return _CallBody({}, error)


SentCall = Annotated[_CallBody, Depends(_read_call)]
"""The body of a call; ask for it after the account."""


def _call_in_query(
    request: Request, account: CallingAccount, function_id: FunctionId, version: RequestedVersion
) -> Invocation:
    return _invocation(request, account, function_id, version, {})


def _call_in_body(
    request: Request,
    account: CallingAccount,
    function_id: FunctionId,
    version: RequestedVersion,
    sent: SentCall,
) -> Invocation:
    return _invocation(request, account, function_id, version, sent.fields)


@router.get(ENDPOINT)
@raises(*_REFUSED)
async def answer_call_in_query(
    invocation: Annotated[Invocation, Depends(_call_in_query)], services: UseCases
) -> Response:
    """Answer a call that comes as a query."""
    return _answer(await services.calls.answer(invocation))


@router.post(ENDPOINT)
@raises(*_REFUSED, MalformedBodyError(_NEITHER), *BODY_ERRORS)
async def answer_call(
    invocation: Annotated[Invocation, Depends(_call_in_body)],
    sent: SentCall,
    services: UseCases,
) -> Response:
    """Answer a call that comes as a form or as JSON.

    One that cannot be read is answered with the `fallback`, if there is one.
    """
    if sent.fault is not None:
        return _answer(await services.calls.fall_back(invocation, sent.fault))
    return _answer(await services.calls.answer(invocation))


def _invocation(
    request: Request,
    account: Account,
    function_id: str,
    version: VersionSelector,
    fields: Mapping[str, JsonValue],
) -> Invocation:
    pairs = request.query_params.multi_items()
    query = [(name, value) for name, value in pairs if name not in NOT_OF_THE_CALL]
    return Invocation(
        account.id,
        function_id,
        payload_of(call_of(account.id, query, fields)),
        version.qualifier,
        version.affinity,
        Origin("pivot", context_of(request).request_id, hops=hops_of(request)),
        as_callflow=True,
        tenant=account.tenant,
    )


def _answer(answer: CallResponse) -> Response:
    version = {} if answer.version is None else {VERSION_HEADER: answer.version}
    # A switch takes the callflow from nothing but exactly this content type.
    return Response(answer.callflow, headers=version, media_type="application/json")


def call_of(
    account_id: str, query: Iterable[tuple[str, str]], body: Mapping[str, JsonValue]
) -> JsonValue:
    """Return a call as its function gets it, by the fields in its query and in its body."""
    # What the switch sends overrides what it always means (K: kzt_kazoo.erl, req_params).
    known: Mapping[str, JsonValue] = {
        "Account-ID": account_id,
        "Api-Version": "4.x",
        "Direction": "inbound",
    }
    return _nested({**known, **_joined(query), **body})


def _fields(request: Request, body: bytes) -> Mapping[str, JsonValue]:
    if not body:
        return {}
    if is_form(request, body):
        return _joined((_text(name), _text(value)) for name, value in form_fields(body))
    fields = read_json(_text(body))
    if not isinstance(fields, dict):
        raise MalformedBodyError(_NEITHER)
    return fields


def _text(raw: bytes) -> str:
    # A caller's name may have come in any character set.
    return raw.decode("utf-8", "replace")


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

    Raises:
        InvalidDocumentError: there are more than ``limits.CALL_FIELDS``, flattened ones included.
    """
    objects = [(name, value) for name, value in fields.items() if isinstance(value, dict)]
    count = len(fields) + sum(len(value) for _, value in objects)
    if count > CALL_FIELDS:
        raise InvalidDocumentError([Violation(("call",), "maxProperties", CALL_FIELDS, count)])
    built: dict[str, dict[str, JsonValue]] = {}
    for name, value in fields.items():
        if parts := _NESTED.fullmatch(name):
            outer = fields.get(parts[1])
            inside = built.setdefault(parts[1], dict(outer) if isinstance(outer, dict) else {})
            inside[parts[2]] = value
    # The flattened fields come first, those of the last object before the others; of one name, the
    # first object's counts.
    flat = {
        f"{name}[{key}]": inner for name, value in reversed(objects) for key, inner in value.items()
    }
    return {**flat, **fields, **built}
