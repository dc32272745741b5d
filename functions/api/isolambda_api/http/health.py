"""Routes of the service itself, which belong to no dialect."""

from typing import Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from isolambda_api.http.deferred_route import DeferredRoute
from isolambda_api.http.services import UseCases
from isolambda_core import __version__
from isolambda_core.domain.executions.confinement import Confinement

ALWAYS_ANSWERED = frozenset({"/healthz", "/readyz"})
"""The paths that answer also where there is no room for a request."""
PASSED_ON = "isolambda.passed_on"
"""Is in the scope of a request of which the edge of the app has read or removed what proxies add.
"""
_OF_PROXIES = ("forwarded", "via", "x-forwarded-for")

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


class ReadinessReport(BaseModel):
    """Whether the service can do its work, and what was checked, each with ``ok``.

    Only who asks from the machine that serves, and not through a proxy, gets facts.
    """

    status: Literal["ready", "not_ready"]
    checks: dict[str, dict[str, bool | int | str]]


@router.get("/healthz", summary="Tell whether the service is up")
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


@router.get(
    "/readyz",
    summary="Tell whether the service can do its work",
    response_model=ReadinessReport,
    responses={503: {"model": ReadinessReport, "description": "It cannot."}},
)
async def readyz(request: Request, services: UseCases) -> Response:
    """Answer what was found within the last second; no key is needed. It is a 503 if not ready."""
    report = await services.readiness.report()
    tells_facts = _is_of_this_machine(request)
    checks = {
        name: {"ok": check.ok, **(check.facts if tells_facts else {})}
        for name, check in report.checks.items()
    }
    status = "ready" if report.is_ready else "not_ready"
    return JSONResponse({"status": status, "checks": checks}, 200 if report.is_ready else 503)


def _is_of_this_machine(request: Request) -> bool:
    address = request.client.host if request.client else ""
    is_local = address == "::1" or address.startswith("127.")
    is_passed_on = PASSED_ON in request.scope or any(
        name in request.headers for name in _OF_PROXIES
    )
    return is_local and not is_passed_on
