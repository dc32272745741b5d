"""Routes of the service itself, which belong to no dialect."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from isolambda_api.http.deferred_route import DeferredRoute
from isolambda_api.http.services import UseCases
from isolambda_core import __version__
from isolambda_core.domain.executions.confinement import Confinement

HEALTH = "/healthz"
"""The path that answers also where there is no room for a request."""

router = APIRouter(route_class=DeferredRoute, tags=["Service"])


class Health(BaseModel):
    """The service is up; the store may not be.

    ``confined``: whether the kernel keeps user code from new sockets, files and programs (seccomp);
    null where the executor is elsewhere, and its own log says so. ``confinement``: the names of all
    that the kernel keeps it from. ``processes``: how many serve together; one in a Lambda.
    """

    status: Literal["ok"]
    version: str
    confined: bool | None
    confinement: list[str] | None
    processes: int


@router.get(HEALTH, summary="Tell whether the service is up")
async def healthz(services: UseCases) -> Health:
    """Answer at once, without asking anything else; no key is needed."""
    held = services.executor.confinement
    return Health(
        status="ok",
        version=__version__,
        confined=None if held is None else Confinement.SYSTEM_CALLS in held,
        confinement=None if held is None else list(held.words),
        processes=services.processes(),
    )
