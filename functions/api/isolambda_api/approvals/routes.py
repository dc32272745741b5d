"""Approvals of calls of tools: routes of ours, in Kazoo's envelope.

A cold start does without what they stand on.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Request, Response

from isolambda_api.http.context import context_of
from isolambda_api.http.deferred_route import DeferredRoute
from isolambda_api.http.raises import raises
from isolambda_api.http.services import UseCases
from isolambda_api.kazoo.authorization import ManagedAccount
from isolambda_api.kazoo.envelope import success
from isolambda_api.kazoo.gregorian import gregorian
from isolambda_api.kazoo.ids import id_in_path
from isolambda_api.kazoo.pagination import Paging, paged
from isolambda_api.kazoo.paths import ACCOUNT
from isolambda_core.domain.executions.errors import ApprovalNotFoundError, ApprovalUsedError
from isolambda_core.domain.json_text import JsonValue

if TYPE_CHECKING:
    from isolambda_core.domain.tools.approvals import Approval

router = APIRouter(route_class=DeferredRoute, tags=["Approvals"])

ApprovalId = Annotated[str, id_in_path("approval_id", ApprovalNotFoundError)]

_APPROVALS = f"{ACCOUNT}/approvals"
_APPROVAL = f"{_APPROVALS}/{{approval_id}}"


@router.get(_APPROVALS)
def list_approvals(
    request: Request, account: ManagedAccount, wanted: Paging, services: UseCases
) -> Response:
    """Return a page of the calls that were to be approved in the last 24 hours."""
    page = services.approvals.list(
        account.id, wanted.size, wanted.after, descending=wanted.descending
    )
    return paged(request, wanted, page, _document)


@router.get(_APPROVAL)
def fetch_approval(
    request: Request, account: ManagedAccount, approval_id: ApprovalId, services: UseCases
) -> Response:
    """Return an approval: the call, and what was decided."""
    return success(request, _document(services.approvals.fetch(account.id, approval_id)))


@router.post(f"{_APPROVAL}/approve")
@raises(ApprovalUsedError())
def approve_call(
    request: Request, account: ManagedAccount, approval_id: ApprovalId, services: UseCases
) -> Response:
    """Let the key that made the call execute it once, with the same arguments."""
    by = context_of(request).key_id
    return success(request, _document(services.approvals.approve(account.id, approval_id, by)))


@router.post(f"{_APPROVAL}/deny")
@raises(ApprovalUsedError())
def deny_call(
    request: Request, account: ManagedAccount, approval_id: ApprovalId, services: UseCases
) -> Response:
    """Refuse the call, also one that was approved and is not executed yet."""
    by = context_of(request).key_id
    return success(request, _document(services.approvals.deny(account.id, approval_id, by)))


def _document(approval: "Approval") -> Mapping[str, JsonValue]:
    decided_at = approval.decided_at
    return {
        "id": approval.id,
        **approval.document,
        "asked": gregorian(approval.asked_at),
        "expires": gregorian(approval.expires_at),
        "decided": None if decided_at is None else gregorian(decided_at),
    }
