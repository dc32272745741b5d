"""Aliases of a function: routes of ours, in Kazoo's envelope."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response

from isolambda_api.aliases.request import AliasRequest
from isolambda_api.http.context import context_of
from isolambda_api.http.deferred_route import DeferredRoute
from isolambda_api.http.invocation_options import EXECUTION_ERRORS, hops_of
from isolambda_api.http.locations import location_of
from isolambda_api.http.preconditions import CACHED, Expected
from isolambda_api.http.raises import EXAMPLE_ID, raises
from isolambda_api.http.response_cache import cacheable
from isolambda_api.http.services import Services, UseCases
from isolambda_api.kazoo.authorization import ManagedAccount
from isolambda_api.kazoo.envelope import listing, success
from isolambda_api.kazoo.gregorian import gregorian
from isolambda_api.kazoo.ids import FunctionId
from isolambda_api.kazoo.paths import FUNCTION
from isolambda_api.kazoo.request import Data
from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.documents import merge
from isolambda_core.domain.errors import (
    InvalidDocumentError,
    PreconditionFailedError,
    RevisionConflictError,
    Violation,
)
from isolambda_core.domain.functions.alias_documents import forced_reason
from isolambda_core.domain.functions.aliases import (
    Alias,
    Target,
)
from isolambda_core.domain.functions.errors import (
    AliasExistsError,
    ContractFailedError,
    FunctionDisabledError,
    QualifierNotFoundError,
)
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.revisions import NOTHING, Expectation, require
from isolambda_core.domain.secrets.errors import MissingSecretError, UnopenedSecretError

if TYPE_CHECKING:
    from isolambda_core.services.contracts.gate import Mover

router = APIRouter(route_class=DeferredRoute, tags=["Versions"])

_ALIASES = f"{FUNCTION}/aliases"
_INVALID = InvalidDocumentError([Violation(("version",), "required", None, "version")])
_NOTHING_BEFORE = InvalidDocumentError(
    [Violation(("name",), "error", None, None, message="there is nothing to go back to")]
)
_CHANGED: dict[int | str, dict[str, Any]] = {200: {"description": "The alias was changed."}}
_FAILED: Mapping[str, JsonValue] = {
    "name": "greets",
    "passed": False,
    "path": "/hello",
    "message": "is another value",
    "expected": "Ada",
    "got": "Bob",
    "version": "7",
}
_BROKEN: Mapping[str, JsonValue] = {
    "of": "input",
    "path": "/name",
    "what": "may be missing",
    "version": "7",
    "before": "6",
}
_OF_CONTRACT = (
    InvalidDocumentError([Violation(("reason",), "required", None, "reason")]),
    ContractFailedError([_FAILED], [_BROKEN]),
    FunctionDisabledError(EXAMPLE_ID),
    MissingSecretError("STRIPE_KEY"),
    UnopenedSecretError("STRIPE_KEY"),
    *EXECUTION_ERRORS,
)
"""What a check of the contract raises, and what keeps it from being made."""


@raises(QualifierNotFoundError("live"))
async def _alias_name(name: Annotated[str, Path(description="The name of an alias.")]) -> str:
    return name


AliasName = Annotated[str, Depends(_alias_name)]


@router.put(_ALIASES, status_code=201)
@raises(_INVALID, QualifierNotFoundError("42"), AliasExistsError(), *_OF_CONTRACT)
async def create_alias(
    request: Request,
    account: ManagedAccount,
    function_id: FunctionId,
    data: Data,
    services: UseCases,
) -> Response:
    """Make a name point to a version, or to two of them with a weight."""
    asked = AliasRequest.parse(data)
    return await _created(request, account, function_id, asked, services)


@router.get(_ALIASES, responses=CACHED)
@cacheable
def list_aliases(
    request: Request, account: ManagedAccount, function_id: FunctionId, services: UseCases
) -> Response:
    """Return all aliases of a function, without their history."""
    data = [alias.document for alias in services.aliases.list(account.id, function_id)]
    return listing(request, data)


@router.get(f"{_ALIASES}/{{name}}", responses=CACHED)
@cacheable
def fetch_alias(
    request: Request,
    account: ManagedAccount,
    function_id: FunctionId,
    name: AliasName,
    services: UseCases,
) -> Response:
    """Return an alias with the moves that it made."""
    alias = services.aliases.fetch(account.id, function_id, name)
    return success(request, _alias(alias), etag=alias.etag)


@router.put(f"{_ALIASES}/{{name}}", status_code=201, responses=_CHANGED)
@raises(_INVALID, QualifierNotFoundError("42"), AliasExistsError(), *_OF_CONTRACT)
async def put_alias(
    request: Request,
    account: ManagedAccount,
    function_id: FunctionId,
    name: AliasName,
    data: Data,
    expected: Expected,
    services: UseCases,
) -> Response:
    """Make a name point to a version, or an alias of this name point elsewhere."""
    asked = AliasRequest.parse({**data, "name": name})
    blocking = services.alias_gate.blocking
    try:
        await blocking(services.aliases.fetch, account.id, function_id, name)
    except QualifierNotFoundError:
        require(expected, NOTHING)
        return await _created(request, account, function_id, asked, services)
    return await _changed(request, account, function_id, asked, services, expected, status=200)


@router.post(f"{_ALIASES}/{{name}}")
@raises(_INVALID, *_OF_CONTRACT)
async def change_alias(
    request: Request,
    account: ManagedAccount,
    function_id: FunctionId,
    name: AliasName,
    data: Data,
    expected: Expected,
    services: UseCases,
) -> Response:
    """Make an alias point elsewhere; its name stays.

    One that enforces a contract is moved only where all saved calls pass on the new version, and
    its schemas take and return what those of the old one do. With `force` and a `reason` it is
    moved all the same.
    """
    asked = AliasRequest.parse({**data, "name": name})
    return await _changed(request, account, function_id, asked, services, expected)


@router.patch(f"{_ALIASES}/{{name}}")
@raises(_INVALID, *_OF_CONTRACT)
async def patch_alias(
    request: Request,
    account: ManagedAccount,
    function_id: FunctionId,
    name: AliasName,
    data: Data,
    expected: Expected,
    services: UseCases,
) -> Response:
    """Merge keys into an alias; `null` removes a key."""
    fetch, blocking = services.aliases.fetch, services.alias_gate.blocking
    before = await blocking(fetch, account.id, function_id, name)
    asked = AliasRequest.parse({**merge(before.document, data), "name": name})
    require(expected, before.etag)
    try:
        return await _changed(
            request, account, function_id, asked, services, lambda etag: etag == before.etag
        )
    except PreconditionFailedError as error:  # what was merged into is there no more
        raise RevisionConflictError from error


@router.delete(f"{_ALIASES}/{{name}}")
def remove_alias(
    request: Request,
    account: ManagedAccount,
    function_id: FunctionId,
    name: AliasName,
    expected: Expected,
    services: UseCases,
) -> Response:
    """Remove an alias; the version that it points to stays."""
    alias = services.aliases.remove(account.id, function_id, name, expected)
    return success(request, {**_alias(alias), "_read_only": {"deleted": True}}, etag=alias.etag)


@router.post(f"{_ALIASES}/{{name}}/rollback")
@raises(_NOTHING_BEFORE, *_OF_CONTRACT)
async def roll_back_alias(
    request: Request,
    account: ManagedAccount,
    function_id: FunctionId,
    name: AliasName,
    data: Data,
    expected: Expected,
    services: UseCases,
) -> Response:
    """Make an alias point to where it did before; once more goes further back, never forth."""
    mover = _mover(request, account, function_id, forced_reason(data))
    alias = await services.alias_gate.rollback(mover, name, expected)
    return success(request, _alias(alias), etag=alias.etag)


async def _created(
    request: Request, account: Account, function_id: str, asked: AliasRequest, services: Services
) -> Response:
    mover = _mover(request, account, function_id, asked.reason)
    alias = await services.alias_gate.create(
        mover, asked.name, asked.target, asked.description, asked.contract, asked.shadow
    )
    location = location_of(
        request,
        "fetch_alias",
        account_id=account.id,
        function_id=function_id,
        name=alias.name,
    )
    return success(request, _alias(alias), etag=alias.etag, headers={"location": location})


async def _changed(
    request: Request,
    account: Account,
    function_id: str,
    asked: AliasRequest,
    services: Services,
    expected: Expectation | None,
    *,
    status: int | None = None,
) -> Response:
    mover = _mover(request, account, function_id, asked.reason)
    alias = await services.alias_gate.change(
        mover,
        asked.name,
        asked.target,
        asked.description,
        asked.contract,
        expected,
        asked.shadow,
    )
    return success(request, _alias(alias), status=status, etag=alias.etag)


def _mover(request: Request, account: Account, function_id: str, reason: str | None) -> "Mover":
    from isolambda_core.services.contracts.gate import Mover  # noqa: PLC0415 - few move aliases

    context = context_of(request)
    by, hops = context.key_id or "", hops_of(request)
    return Mover(account.id, function_id, account.tenant, context.request_id, by, reason, hops)


def _alias(alias: Alias) -> Mapping[str, JsonValue]:
    history: list[JsonValue] = [
        {
            "at": gregorian(move.at),
            "by": move.by,
            "from": _target(move.before),
            "to": _target(move.after),
            "rollback": move.is_rollback,
            "forced": move.reason is not None,
            "reason": move.reason,
        }
        for move in alias.moves
    ]
    times = {"created": gregorian(alias.created_at), "modified": gregorian(alias.modified_at)}
    return {**alias.document, **times, "history": history}


def _target(target: Target) -> Mapping[str, JsonValue]:
    return {
        "version": target.version,
        "additional_version": target.additional_version,
        "additional_version_weight": target.additional_weight,
    }
