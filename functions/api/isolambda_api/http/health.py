"""Routes of the service itself, which belong to no dialect."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from isolambda_api.http.deferred_route import DeferredRoute
from isolambda_api.http.services import UseCases
from isolambda_core import __version__

HEALTH = "/healthz"
"""The path that answers also where there is no room for a request."""

router = APIRouter(route_class=DeferredRoute, tags=["Service"])


class Health(BaseModel):
    """The service is up; the store may not be.

    ``confined``: whether the kernel keeps user code from new sockets, files and programs (seccomp);
    null where the executor is elsewhere, and its own log says so.
    """

    status: Literal["ok"]
    version: str
    confined: bool | None


@router.get(HEALTH, summary="Tell whether the service is up")
async def healthz(services: UseCases) -> Health:
    """Answer at once, without asking anything else; no key is needed."""
    confined = services.executor.confined
    return Health(status="ok", version=__version__, confined=confined)
