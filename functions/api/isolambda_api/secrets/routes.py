"""Secrets of accounts and of functions: routes of ours, in Kazoo's envelope.

No answer has the value of one, nor does any error. A cold start does without what they stand on.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response

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
from isolambda_api.kazoo.paths import ACCOUNT, FUNCTION
from isolambda_api.kazoo.request import Data
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import InvalidDocumentError, Violation
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.limits import SECRET_CHARACTERS_MIN
from isolambda_core.domain.secrets.errors import SecretNotFoundError

if TYPE_CHECKING:
    from isolambda_core.domain.secrets.documents import SecretInput
    from isolambda_core.domain.secrets.secrets import Place, Secret

router = APIRouter(route_class=DeferredRoute, tags=["Secrets"])

_OF_ACCOUNT = f"{ACCOUNT}/secrets"
_OF_FUNCTION = f"{FUNCTION}/secrets"
_ROTATED: dict[int | str, dict[str, Any]] = {200: {"description": "The secret was rotated."}}
_INVALID = InvalidDocumentError([Violation(("value",), "minLength", SECRET_CHARACTERS_MIN, 5)])

NameInPath = Annotated[str, Path(alias="name", description="The name of a secret.")]


@raises(SecretNotFoundError("STRIPE_KEY"))
async def _secret_name(name: NameInPath) -> str:
    return name


SecretName = Annotated[str, Depends(_secret_name)]


@router.get(_OF_ACCOUNT, responses=CACHED)
@cacheable
def list_account_secrets(request: Request, account: ManagedAccount, services: UseCases) -> Response:
    """Return the secrets of an account itself, without their values."""
    return _list(request, _place(account.id), services)


@router.get(f"{_OF_ACCOUNT}/{{name}}", responses=CACHED)
@cacheable
def fetch_account_secret(
    request: Request, account: ManagedAccount, name: SecretName, services: UseCases
) -> Response:
    """Return a secret of an account without its value."""
    return _shown(request, services.secrets.fetch(_place(account.id), name))


@router.put(f"{_OF_ACCOUNT}/{{name}}", status_code=201, responses=_ROTATED)
@raises(_INVALID)
def put_account_secret(
    request: Request,
    account: ManagedAccount,
    name: NameInPath,
    data: Data,
    expected: Expected,
    services: UseCases,
) -> Response:
    """Make a secret that all functions of an account may name, or rotate it.

    Its hosts change with its value alone. After a rotation the value before is masked, in what
    comes back to functions, for `overlap_s` seconds.
    """
    given = _input(name, data)
    return _was_put(request, services.secrets.put(_place(account.id), name, given, expected))


@router.delete(f"{_OF_ACCOUNT}/{{name}}")
def remove_account_secret(
    request: Request,
    account: ManagedAccount,
    name: SecretName,
    expected: Expected,
    services: UseCases,
) -> Response:
    """Remove a secret; functions that name it are not executed any more."""
    return _removed(request, services.secrets.remove(_place(account.id), name, expected))


@router.get(_OF_FUNCTION, responses=CACHED)
@cacheable
def list_function_secrets(
    request: Request, account: ManagedAccount, function_id: FunctionId, services: UseCases
) -> Response:
    """Return the secrets of a function's own, without their values."""
    return _list(request, _place(account.id, function_id), services)


@router.get(f"{_OF_FUNCTION}/{{name}}", responses=CACHED)
@cacheable
def fetch_function_secret(
    request: Request,
    account: ManagedAccount,
    function_id: FunctionId,
    name: SecretName,
    services: UseCases,
) -> Response:
    """Return a secret of a function without its value."""
    return _shown(request, services.secrets.fetch(_place(account.id, function_id), name))


@router.put(f"{_OF_FUNCTION}/{{name}}", status_code=201, responses=_ROTATED)
@raises(_INVALID)
def put_function_secret(
    request: Request,
    account: ManagedAccount,
    function_id: FunctionId,
    name: NameInPath,
    data: Data,
    expected: Expected,
    services: UseCases,
) -> Response:
    """Make a secret of a function, or rotate it; it comes before one of its account.

    Its hosts change with its value alone. After a rotation the value before is masked, in what
    comes back to the function, for `overlap_s` seconds.
    """
    place, given = _place(account.id, function_id), _input(name, data)
    return _was_put(request, services.secrets.put(place, name, given, expected))


@router.delete(f"{_OF_FUNCTION}/{{name}}")
def remove_function_secret(
    request: Request,
    account: ManagedAccount,
    function_id: FunctionId,
    name: SecretName,
    expected: Expected,
    services: UseCases,
) -> Response:
    """Remove a secret; the function has that of its account from now on, if there is one."""
    place = _place(account.id, function_id)
    return _removed(request, services.secrets.remove(place, name, expected))


def _place(account_id: str, function_id: str = "") -> "Place":
    from isolambda_core.domain.secrets.secrets import Place  # noqa: PLC0415 - see above

    return Place(account_id, function_id)


def _input(name: str, data: Document) -> "SecretInput":
    from isolambda_core.domain.secrets.documents import SecretInput  # noqa: PLC0415 - see above

    return SecretInput.parse(name, data)


def _list(request: Request, place: "Place", services: UseCases) -> Response:
    return listing(request, [_document(secret) for secret in services.secrets.list(place)])


def _was_put(request: Request, secret: "Secret") -> Response:
    place = secret.place
    of_function = {"function_id": place.function_id} if place.function_id else {}
    location = location_of(
        request,
        "fetch_function_secret" if of_function else "fetch_account_secret",
        account_id=place.account_id,
        name=secret.name,
        **of_function,
    )
    status = None if secret.revision == 1 else 200
    return success(
        request, _document(secret), status=status, etag=secret.etag, headers={"location": location}
    )


def _shown(request: Request, secret: "Secret") -> Response:
    return success(request, _document(secret), etag=secret.etag)


def _removed(request: Request, secret: "Secret") -> Response:
    data = {**_document(secret), "_read_only": {"deleted": True}}
    return success(request, data, etag=secret.etag)


def _document(secret: "Secret") -> Mapping[str, JsonValue]:
    has_before = secret.sealed_before is not None
    return {
        **secret.document,
        "created": gregorian(secret.created_at),
        "modified": gregorian(secret.modified_at),
        "overlap_until": gregorian(secret.before_until) if has_before else None,
    }
