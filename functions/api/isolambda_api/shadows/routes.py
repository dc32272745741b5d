"""What the shadow of an alias finds: a route of ours, in Kazoo's envelope."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from isolambda_api.http.deferred_route import DeferredRoute
from isolambda_api.http.raises import raises
from isolambda_api.http.services import UseCases
from isolambda_api.kazoo.authorization import ManagedAccount
from isolambda_api.kazoo.envelope import success
from isolambda_api.kazoo.gregorian import gregorian
from isolambda_api.kazoo.ids import FunctionId
from isolambda_api.kazoo.paths import FUNCTION
from isolambda_core.domain.functions.errors import QualifierNotFoundError

router = APIRouter(route_class=DeferredRoute, tags=["Replays"])


@router.get(f"{FUNCTION}/aliases/{{name}}/shadow")
@raises(QualifierNotFoundError("live"))
def fetch_shadow(
    request: Request,
    account: ManagedAccount,
    function_id: FunctionId,
    name: Annotated[str, Path(description="The name of an alias.")],
    services: UseCases,
) -> Response:
    """Return what the shadow of an alias has found since the alias was changed last."""
    alias = services.aliases.fetch(account.id, function_id, name)
    report = services.shadow_reports.get(alias)
    of_alias = {
        "shadow": alias.shadow.share,
        "shadow_version": alias.shadow.version,
        "since": gregorian(alias.modified_at),
    }
    return success(request, {**of_alias, **report.document})
