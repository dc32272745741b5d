"""Saved calls of a function: routes of ours, in Kazoo's envelope.

A cold start does without what they stand on.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response

from isolambda_api.http.context import context_of
from isolambda_api.http.deferred_route import DeferredRoute
from isolambda_api.http.invocation_options import EXECUTION_ERRORS, hops_of
from isolambda_api.http.locations import location_of
from isolambda_api.http.preconditions import CACHED, Expected
from isolambda_api.http.raises import EXAMPLE_ID, full, raises
from isolambda_api.http.response_cache import cacheable
from isolambda_api.http.services import UseCases
from isolambda_api.kazoo.authorization import ManagedAccount
from isolambda_api.kazoo.envelope import success
from isolambda_api.kazoo.gregorian import gregorian
from isolambda_api.kazoo.ids import FunctionId
from isolambda_api.kazoo.pagination import Paging, paged
from isolambda_api.kazoo.paths import FUNCTION
from isolambda_api.kazoo.request import Data
from isolambda_core.domain.accounts.quotas import Quota
from isolambda_core.domain.documents import require_none, with_integers
from isolambda_core.domain.errors import InvalidDocumentError, Violation
from isolambda_core.domain.executions.execution import Origin
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.functions.errors import (
    FunctionDisabledError,
    QualifierNotFoundError,
    SavedCallNotFoundError,
)
from isolambda_core.domain.functions.functions import LATEST
from isolambda_core.domain.functions.versions import NUMBER_SCHEMA
from isolambda_core.domain.json_schema import Schema, check
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.secrets.errors import MissingSecretError, UnopenedSecretError

if TYPE_CHECKING:
    from isolambda_core.domain.contracts.saved_calls import SavedCall

router = APIRouter(route_class=DeferredRoute, tags=["Contracts"])

RUN_SCHEMA: Schema = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "version": {
            **NUMBER_SCHEMA,
            "description": "The version to execute them on; without it, the draft.",
        }
    },
}
"""What a client says to have saved calls executed."""

_CALLS = f"{FUNCTION}/calls"
_REPLACED: dict[int | str, dict[str, Any]] = {200: {"description": "It was replaced."}}
_INVALID = InvalidDocumentError([Violation(("expect",), "required", None, "expect")])
_NO_VERSION = InvalidDocumentError([Violation(("version",), "type", "integer", "live")])

NameInPath = Annotated[str, Path(alias="name", description="The name of a saved call.")]


@raises(SavedCallNotFoundError("greets"))
async def _call_name(name: NameInPath) -> str:
    return name


CallName = Annotated[str, Depends(_call_name)]


@router.get(_CALLS, responses=CACHED)
@cacheable
def list_saved_calls(
    request: Request,
    account: ManagedAccount,
    function_id: FunctionId,
    wanted: Paging,
    services: UseCases,
) -> Response:
    """Return a page of the function's saved calls by name, without what goes in and comes out."""
    page = services.saved_calls.list(
        account.id, function_id, wanted.size, wanted.after, descending=wanted.descending
    )
    return paged(request, wanted, page, _summary)


# Before those with a name: the first path that matches decides, so no call is named "run".
@router.post(f"{_CALLS}/run")
@raises(
    _NO_VERSION,
    QualifierNotFoundError("42"),
    FunctionDisabledError(EXAMPLE_ID),
    MissingSecretError("STRIPE_KEY"),
    UnopenedSecretError("STRIPE_KEY"),
    *EXECUTION_ERRORS,
)
async def run_saved_calls(
    request: Request,
    account: ManagedAccount,
    function_id: FunctionId,
    data: Data,
    services: UseCases,
) -> Response:
    """Execute all saved calls on a version, or on the draft, and return which of them pass.

    They are executions as any, and reach what the function reaches, but no records are kept.
    """
    data = with_integers(data, [("version",)])
    require_none(check(data, RUN_SCHEMA))
    runner = services.saved_call_runner
    report = await runner.run(
        Invocation(
            account.id,
            function_id,
            b"",
            str(data.get("version", LATEST)),
            origin=Origin("kazoo", context_of(request).request_id, hops=hops_of(request)),
            tenant=account.tenant,
        ),
        runner.until_ms(),
    )
    return success(request, report.document)


@router.get(f"{_CALLS}/{{name}}", responses=CACHED)
@cacheable
def fetch_saved_call(
    request: Request,
    account: ManagedAccount,
    function_id: FunctionId,
    name: CallName,
    services: UseCases,
) -> Response:
    """Return a saved call."""
    call = services.saved_calls.fetch(account.id, function_id, name)
    return success(request, _document(call), etag=call.etag)


@router.put(f"{_CALLS}/{{name}}", status_code=201, responses=_REPLACED)
@raises(_INVALID, full(Quota.SAVED_CALLS))
def put_saved_call(
    request: Request,
    account: ManagedAccount,
    function_id: FunctionId,
    name: NameInPath,
    data: Data,
    expected: Expected,
    services: UseCases,
) -> Response:
    """Save a call of a function: an input, and what is to come of it; or replace one."""
    by = context_of(request).key_id
    call = services.saved_calls.put(account.id, function_id, name, data, by, expected)
    location = location_of(
        request,
        "fetch_saved_call",
        account_id=account.id,
        function_id=function_id,
        name=call.name,
    )
    return success(
        request,
        _document(call),
        status=None if call.revision == 1 else 200,
        etag=call.etag,
        headers={"location": location},
    )


@router.delete(f"{_CALLS}/{{name}}")
def remove_saved_call(
    request: Request,
    account: ManagedAccount,
    function_id: FunctionId,
    name: CallName,
    expected: Expected,
    services: UseCases,
) -> Response:
    """Remove a saved call."""
    call = services.saved_calls.remove(account.id, function_id, name, expected)
    return success(request, {**_document(call), "_read_only": {"deleted": True}}, etag=call.etag)


def _summary(call: "SavedCall") -> Mapping[str, JsonValue]:
    [expects] = call.expect
    return {"name": call.name, "expects": expects, **_times(call)}


def _document(call: "SavedCall") -> Mapping[str, JsonValue]:
    return {**call.document, **_times(call)}


def _times(call: "SavedCall") -> Mapping[str, JsonValue]:
    return {
        "created": gregorian(call.created_at),
        "created_by": call.created_by,
        "modified": gregorian(call.modified_at),
        "modified_by": call.modified_by,
    }
