"""The routes of Kazoo's functions API, and one of ours to execute a function.

Kx: src/modules/cb_functions.erl, doc/functions.md.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from isolambda_api.auth import authenticate
from isolambda_api.body import Body, payload_of
from isolambda_api.dependencies import UseCases
from isolambda_api.json_answer import Answer, RawJson
from isolambda_api.kazoo import documented
from isolambda_api.kazoo.envelope import read_data, revision_of, success
from isolambda_api.kazoo.errors import InvalidAccountIdError
from isolambda_api.kazoo.pages import PageRequest
from isolambda_api.kazoo.samples import SAMPLES
from isolambda_api.kazoo.schemas import fix_js_types
from isolambda_core.domain.errors import FunctionNotFoundError
from isolambda_core.domain.functions import LATEST, Document, Function
from isolambda_core.domain.ids import is_id, new_id
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.services.execution import Execution

router = APIRouter(tags=["Kazoo"])

_ACCOUNT = "/v2/accounts/{account_id}"
_LIST = f"{_ACCOUNT}/functions"
_SAMPLES = f"{_LIST}/samples"
_ONE = f"{_LIST}/{{function_id}}"
_ID_CHARACTERS = len(new_id())


def _account(
    request: Request,
    account_id: Annotated[str, Path(description="32 lower-case hexadecimal characters.")],
    services: UseCases,
) -> str:
    caller_id = authenticate(request, services.accounts)
    if len(account_id) != _ID_CHARACTERS:
        raise InvalidAccountIdError(account_id)
    services.accounts.authorize(caller_id, account_id)
    return account_id


async def _function_id(
    function_id: Annotated[str, Path(description="32 lower-case hexadecimal characters.")],
) -> str:
    if not is_id(function_id):  # so no store is ever asked for a key that it may not take
        raise FunctionNotFoundError(function_id)
    return function_id


AccountId = Annotated[str, Depends(_account)]
FunctionId = Annotated[str, Depends(_function_id)]


@router.get(_LIST, **documented.LIST)
def list_functions(
    request: Request,
    account_id: AccountId,
    services: UseCases,
    page_size: Annotated[str | None, Query(description="1 to 500; 50 when absent.")] = None,
    start_key: Annotated[
        str | None, Query(description="`next_start_key` of the page before.")
    ] = None,
    ascending: Annotated[str | None, Query(description="`true` for the lowest id first.")] = None,
    descending: Annotated[str | None, Query(description="`false` for the lowest id first.")] = None,
) -> Response:
    """Return a page of the account's functions, by default the highest id first."""
    wanted = PageRequest.parse(page_size, start_key, ascending, descending)
    page = services.functions.list(
        account_id, wanted.size, wanted.after, descending=wanted.descending
    )
    paging = wanted.paging(page)
    data = [_summary(function) for function in page.functions]
    return success(request, data, etag=revision_of({"data": data, **paging}), paging=paging)


@router.put(_LIST, **documented.CREATE)
def create_function(
    request: Request, account_id: AccountId, body: Body, services: UseCases
) -> Response:
    """Keep a new function, under an id that the answer tells."""
    function = services.functions.create(account_id, _document(body))
    location = f"/v2/accounts/{account_id}/functions/{function.id}"
    return success(
        request,
        _public(function),
        status=201,
        etag=function.etag,
        headers={"location": location},
    )


@router.get("/v2/functions/samples", **documented.OPEN_SAMPLES)
async def show_samples(request: Request) -> Response:
    """Return functions to start from; no key is needed."""
    return _samples(request)


@router.get(_SAMPLES, **documented.SAMPLES)
def show_samples_to_account(request: Request, account_id: AccountId) -> Response:  # noqa: ARG001
    """Return functions to start from."""
    return _samples(request)


@router.get(_ONE, **documented.FETCH)
def fetch_function(
    request: Request, account_id: AccountId, function_id: FunctionId, services: UseCases
) -> Response:
    """Return a function with all its public keys."""
    return _one(request, services.functions.fetch(account_id, function_id))


@router.post(_ONE, **documented.CHANGE)
def change_function(
    request: Request, account_id: AccountId, function_id: FunctionId, body: Body, services: UseCases
) -> Response:
    """Replace all public keys of a function."""
    return _one(request, services.functions.change(account_id, function_id, _document(body)))


@router.patch(_ONE, **documented.PATCH)
def patch_function(
    request: Request, account_id: AccountId, function_id: FunctionId, body: Body, services: UseCases
) -> Response:
    """Merge keys into a function; `null` removes a key."""
    return _one(request, services.functions.patch(account_id, function_id, _document(body)))


@router.delete(_ONE, **documented.REMOVE)
def remove_function(
    request: Request,
    account_id: AccountId,
    function_id: FunctionId,
    services: UseCases,
    should_soft_delete: Annotated[
        str | None, Query(description="`false` removes the document for good.")
    ] = None,
) -> Response:
    """Delete a function. A body is allowed, and ignored."""
    keep = should_soft_delete != "false"
    function = services.functions.remove(account_id, function_id, keep=keep)
    data = {**_public(function), "_read_only": {"deleted": True}}
    return success(request, data, etag=function.etag)


@router.post(f"{_ONE}/execute", **documented.EXECUTE)
def execute_function(
    request: Request,
    account_id: AccountId,
    function_id: FunctionId,
    body: Body,
    services: UseCases,
    qualifier: Annotated[
        str | None, Query(description="A version number or an alias; `$LATEST` when absent.")
    ] = None,
) -> Response:
    """Execute a function with `data` as its `call`; any outcome of it is a 200."""
    payload = payload_of(read_data(body))
    execution = services.executions.execute(account_id, function_id, payload, qualifier or LATEST)
    return success(request, _ended(execution))


def _document(body: bytes) -> Document:
    return fix_js_types(read_data(body))


def _public(function: Function) -> Mapping[str, JsonValue]:
    return {**function.document, "id": function.id}


def _summary(function: Function) -> Mapping[str, JsonValue]:
    """Return a list item (Kx: priv/couchdb/views/functionsdb-functions.json)."""
    return {
        "id": function.id,
        "name": function.document["name"],
        "function_js": function.source,
        "enabled": function.enabled,
    }


def _one(request: Request, function: Function) -> Response:
    return success(request, _public(function), etag=function.etag)


def _samples(request: Request) -> Response:
    return success(request, SAMPLES, etag=revision_of({"data": SAMPLES}))


def _ended(execution: Execution) -> Answer:
    data = asdict(execution.result)
    result = execution.result.result
    data["result"] = None if result is None else RawJson(result)
    return {**data, "version": execution.version}
