"""Aliases of a function: routes of ours, in Kazoo's envelope."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from isolambda_api.aliases.request import AliasRequest
from isolambda_api.http.context import context_of
from isolambda_api.http.deferred_route import DeferredRoute
from isolambda_api.http.locations import location_of
from isolambda_api.http.preconditions import CACHED, Expected
from isolambda_api.http.raises import raises
from isolambda_api.http.response_cache import cacheable
from isolambda_api.http.services import UseCases
from isolambda_api.kazoo.authorization import ManagedAccount
from isolambda_api.kazoo.envelope import listing, success
from isolambda_api.kazoo.gregorian import gregorian
from isolambda_api.kazoo.ids import FunctionId
from isolambda_api.kazoo.paths import FUNCTION
from isolambda_api.kazoo.request import Data
from isolambda_core.domain.documents import merge
from isolambda_core.domain.errors import (
    InvalidDocumentError,
    PreconditionFailedError,
    RevisionConflictError,
    Violation,
)
from isolambda_core.domain.functions.aliases import (
    Alias,
    Target,
)
from isolambda_core.domain.functions.errors import AliasExistsError, QualifierNotFoundError
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.revisions import require

router = APIRouter(route_class=DeferredRoute, tags=["Versions"])

_ALIASES = f"{FUNCTION}/aliases"
_INVALID = InvalidDocumentError([Violation(("version",), "required", None, "version")])
_NOTHING_BEFORE = InvalidDocumentError(
    [Violation(("name",), "error", None, None, message="there is nothing to go back to")]
)


@raises(QualifierNotFoundError("live"))
async def _alias_name(name: Annotated[str, Path(description="The name of an alias.")]) -> str:
    return name


AliasName = Annotated[str, Depends(_alias_name)]


@router.put(_ALIASES, status_code=201)
@raises(_INVALID, QualifierNotFoundError("42"), AliasExistsError())
def create_alias(
    request: Request,
    account: ManagedAccount,
    function_id: FunctionId,
    data: Data,
    services: UseCases,
) -> Response:
    """Make a name point to a version, or to two of them with a weight."""
    asked = AliasRequest.parse(data)
    alias = services.aliases.create(
        account.id, function_id, asked.name, asked.target, asked.description
    )
    location = location_of(
        request,
        "fetch_alias",
        account_id=account.id,
        function_id=function_id,
        name=alias.name,
    )
    return success(request, _alias(alias), etag=alias.etag, headers={"location": location})


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


@router.post(f"{_ALIASES}/{{name}}")
@raises(_INVALID)
def change_alias(
    request: Request,
    account: ManagedAccount,
    function_id: FunctionId,
    name: AliasName,
    data: Data,
    expected: Expected,
    services: UseCases,
) -> Response:
    """Make an alias point elsewhere; its name stays."""
    asked = AliasRequest.parse({**data, "name": name})
    alias = services.aliases.change(
        account.id, function_id, name, asked.target, asked.description, _by(request), expected
    )
    return success(request, _alias(alias), etag=alias.etag)


@router.patch(f"{_ALIASES}/{{name}}")
@raises(_INVALID)
def patch_alias(
    request: Request,
    account: ManagedAccount,
    function_id: FunctionId,
    name: AliasName,
    data: Data,
    expected: Expected,
    services: UseCases,
) -> Response:
    """Merge keys into an alias; `null` removes a key."""
    before = services.aliases.fetch(account.id, function_id, name)
    asked = AliasRequest.parse({**merge(before.document, data), "name": name})
    require(expected, before.etag)
    try:
        alias = services.aliases.change(
            account.id,
            function_id,
            name,
            asked.target,
            asked.description,
            _by(request),
            lambda etag: etag == before.etag,
        )
    except PreconditionFailedError as error:  # what was merged into is there no more
        raise RevisionConflictError from error
    return success(request, _alias(alias), etag=alias.etag)


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
@raises(_NOTHING_BEFORE)
def roll_back_alias(
    request: Request,
    account: ManagedAccount,
    function_id: FunctionId,
    name: AliasName,
    expected: Expected,
    services: UseCases,
) -> Response:
    """Make an alias point to where it did before; once more goes further back, never forth."""
    alias = services.aliases.rollback(account.id, function_id, name, _by(request), expected)
    return success(request, _alias(alias), etag=alias.etag)


def _by(request: Request) -> str:
    caller = context_of(request).caller
    return "" if caller is None else caller.api_key.id


def _alias(alias: Alias) -> Mapping[str, JsonValue]:
    history: list[JsonValue] = [
        {
            "at": gregorian(move.at),
            "by": move.by,
            "from": _target(move.before),
            "to": _target(move.after),
            "rollback": move.is_rollback,
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
