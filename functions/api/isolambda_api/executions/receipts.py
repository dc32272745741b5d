"""Receipts of executions: a route of ours, and the key that verifies them.

A cold start does without what they stand on.
"""

from hashlib import sha256

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.routing import Route

from isolambda_api.executions.routes import ExecutionId
from isolambda_api.http.deferred_route import DeferredRoute
from isolambda_api.http.json_response import encode
from isolambda_api.http.preconditions import is_known_to_client
from isolambda_api.http.raises import raises
from isolambda_api.http.services import UseCases, services_of
from isolambda_api.kazoo.authorization import ExecutingAccount
from isolambda_api.kazoo.envelope import success
from isolambda_api.kazoo.ids import FunctionId
from isolambda_api.kazoo.paths import FUNCTION
from isolambda_core.domain.executions.errors import ReceiptUnavailableError

router = APIRouter(route_class=DeferredRoute, tags=["Executions"])


@router.get(f"{FUNCTION}/executions/{{execution_id}}/receipt")
@raises(ReceiptUnavailableError("the execution has not ended"))
def fetch_receipt(
    request: Request,
    account: ExecutingAccount,
    function_id: FunctionId,
    execution_id: ExecutionId,
    services: UseCases,
) -> Response:
    """Return the receipt of an execution that has ended: its record in short, signed.

    It is a JSON Web Signature in its compact form, by the key at `/.well-known/jwks.json`. It has
    the ids, the times, the outcome, the usage, and the SHA-256 of source, input and result.
    """
    receipt = services.receipts.issue(account.id, function_id, execution_id)
    return success(request, {"receipt": receipt})


async def key_set(request: Request) -> Response:
    """Return the key that verifies receipts; no key of an account is needed."""
    found = await run_in_threadpool(services_of(request).receipts.key_set)
    body = encode(found)
    etag = sha256(body).hexdigest()[:32]
    headers = {"etag": f'"{etag}"', "cache-control": "public, max-age=3600"}
    if is_known_to_client(request, etag):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/jwk-set+json")


ROUTES = (Route("/.well-known/jwks.json", key_set),)
"""No part of the API, and so not of its document."""
