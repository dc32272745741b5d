"""The endpoint for the executor on AWS, which has no right to the table.

It shows the token that its execution was granted, and no key. The token alone says whose values
these are; nothing in the body does.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Request, Response

from isolambda_api.http.authentication import charge_rate_limit
from isolambda_api.http.body import MALFORMED_BODY, AnyBody, read_json
from isolambda_api.http.context import context_of
from isolambda_api.http.deferred_route import DeferredRoute
from isolambda_api.http.errors import MalformedBodyError
from isolambda_api.http.raises import raises
from isolambda_api.http.services import UseCases, services_of
from isolambda_api.kazoo.envelope import success
from isolambda_core.domain.accounts.errors import TooManyRequestsError, UnauthorizedError
from isolambda_core.domain.accounts.execution_tokens import SCHEME
from isolambda_core.domain.key_values.tokens import PATH, KvClaims

PREFIX = "/internal"
Claims = TypeVar("Claims")

router = APIRouter(route_class=DeferredRoute)


async def prepare_request(request: Request) -> None:
    """Read nothing: an operation comes without an envelope."""
    context_of(request).tokens = services_of(request).rates.untouched


@raises(TooManyRequestsError(0, 4))
def charge(request: Request) -> None:
    """Take what a request costs from the bucket of its address, which shows no valid token.

    Raises:
        TooManyRequestsError: the bucket holds too little.
    """
    charge_rate_limit(request, services_of(request), None)


def claims_of(request: Request, read: Callable[[str], Claims]) -> Claims:
    """Return what the token of a request says; who shows a valid one is not charged.

    Raises:
        TooManyRequestsError: it is not valid, and the bucket of the address holds too little.
        UnauthorizedError: it is not valid.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    try:
        return read(token.strip() if scheme.lower() == SCHEME else "")
    except UnauthorizedError:
        charge(request)
        raise


@raises(UnauthorizedError())
def _claims(request: Request) -> KvClaims:
    return claims_of(request, services_of(request).kv_grants.read)


@router.post(PATH, include_in_schema=False)
@raises(MALFORMED_BODY)
def perform_kv_operation(
    request: Request,
    claims: Annotated[KvClaims, Depends(_claims)],
    body: AnyBody,
    services: UseCases,
) -> Response:
    """Perform an operation of an execution, in the namespaces that its token names."""
    fields = read_json(body, around=1)
    if not isinstance(fields, Mapping):
        raise MalformedBodyError("not an object")
    return success(
        request, services.key_values.perform(claims.account_id, claims.namespaces, fields)
    )
