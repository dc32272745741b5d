"""Routes of the service itself, which belong to no dialect."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from isolambda_core import __version__

router = APIRouter(tags=["Service"])


class Health(BaseModel):
    """The service is up; nothing is said about the store or the executor."""

    status: Literal["ok"]
    version: str


@router.get("/healthz", summary="Tell whether the service is up")
async def healthz() -> Health:
    """Answer at once, without looking at anything else; no key is needed."""
    return Health(status="ok", version=__version__)
