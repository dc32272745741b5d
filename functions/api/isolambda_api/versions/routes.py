"""Versions of a function: routes of ours, in Kazoo's envelope."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from isolambda_api.http.context import context_of
from isolambda_api.http.deferred_route import DeferredRoute
from isolambda_api.http.locations import location_of
from isolambda_api.http.preconditions import CACHED
from isolambda_api.http.raises import full, raises
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
from isolambda_core.domain.errors import (
    InvalidDocumentError,
    Violation,
)
from isolambda_core.domain.functions.errors import (
    QualifierNotFoundError,
    VersionExistsError,
    VersionInUseError,
)
from isolambda_core.domain.functions.versions import (
    Version,
    number_of,
)
from isolambda_core.domain.json_text import JsonValue

router = APIRouter(route_class=DeferredRoute, tags=["Versions"])

_VERSIONS = f"{FUNCTION}/versions"
_NO_JAVASCRIPT = Violation(
    ("function_js",),
    "error",
    None,
    None,
    "SyntaxError: Unexpected token ';', at line 2, column 11",
    (2, 11),
)


@raises(QualifierNotFoundError("42"))
async def _number(version: Annotated[str, Path(description="The number of a version.")]) -> int:
    number = number_of(version)
    if number is None:
        raise QualifierNotFoundError(version)
    return number


Number = Annotated[int, Depends(_number)]


@router.put(
    _VERSIONS,
    status_code=201,
    responses={200: {"description": "The draft is what the latest version froze."}},
)
@raises(
    InvalidDocumentError([Violation(("description",), "type", "string", 1)]),
    InvalidDocumentError([_NO_JAVASCRIPT]),
    VersionExistsError(),
    full(Quota.VERSIONS),
)
def publish_version(
    request: Request,
    account: ManagedAccount,
    function_id: FunctionId,
    data: Data,
    services: UseCases,
) -> Response:
    """Freeze the draft as the next version; 200 with the latest one if the draft is still that.

    A draft whose source does not compile is refused. Where no executor has the time to compile it,
    it is published as it is.
    """
    context = context_of(request)
    version, is_new = services.versions.publish(
        account.id, function_id, data.get("description", ""), context.request_id, by=context.key_id
    )
    location = location_of(
        request,
        "fetch_version",
        account_id=account.id,
        function_id=function_id,
        version=version.label,
    )
    return success(
        request,
        _version(version),
        status=None if is_new else 200,
        headers={"location": location},
    )


@router.get(_VERSIONS, responses=CACHED)
@cacheable
def list_versions(
    request: Request,
    account: ManagedAccount,
    function_id: FunctionId,
    wanted: Paging,
    services: UseCases,
) -> Response:
    """Return a page of the function's versions without their sources, by default the last first."""
    page = services.versions.list(
        account.id, function_id, wanted.size, wanted.after, descending=wanted.descending
    )
    return paged(request, wanted, page, _version_summary)


@router.get(f"{_VERSIONS}/{{version}}", responses=CACHED)
@cacheable
def fetch_version(
    request: Request,
    account: ManagedAccount,
    function_id: FunctionId,
    number: Number,
    services: UseCases,
) -> Response:
    """Return a version with all that it froze."""
    version = services.versions.fetch(account.id, function_id, number)
    return success(request, _version(version), etag=version.sha256)


@router.delete(f"{_VERSIONS}/{{version}}")
@raises(VersionInUseError("live"))
def remove_version(
    request: Request,
    account: ManagedAccount,
    function_id: FunctionId,
    number: Number,
    services: UseCases,
) -> Response:
    """Remove a version that no alias points to; its number is not given again."""
    version = services.versions.remove(account.id, function_id, number)
    return success(request, {**_version_summary(version), "_read_only": {"deleted": True}})


def _version_summary(version: Version) -> Mapping[str, JsonValue]:
    return {
        "version": version.number,
        "description": version.description,
        "sha256": version.sha256,
        "created": gregorian(version.created_at),
        "created_by": version.created_by,
    }


def _version(version: Version) -> Mapping[str, JsonValue]:
    return {**version.document, **_version_summary(version)}
