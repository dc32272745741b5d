"""What responses about shadows hold."""

from typing import Annotated

from pydantic import Field

from isolambda_api.http.openapi import Bodies
from isolambda_api.kazoo.schemas import Closed, Gregorian, Success
from isolambda_api.replays.schemas import ReplayDifference, ReplayNoise
from isolambda_core.domain.limits import SHADOW_DIFFERENCES, SHADOW_EXECUTIONS


class ShadowedExecution(Closed):
    """An execution that differs on the version of the shadow."""

    execution_id: str
    differences: Annotated[
        list[ReplayDifference], Field(description="Where outcome, result or error differ.")
    ]
    requests: Annotated[
        list[ReplayDifference], Field(description="Where that differs which the code asked.")
    ]
    more: Annotated[
        int,
        Field(ge=0, description=f"Differences beyond the first {SHADOW_DIFFERENCES}."),
    ]


class ShadowData(Closed):
    """What the shadow of an alias has found."""

    shadow: Annotated[float, Field(ge=0, le=1, description="The share that it repeats.")]
    shadow_version: Annotated[
        int | None, Field(description="The version that repeats; null for the draft.")
    ]
    since: Annotated[Gregorian, Field(description="When the alias was changed last.")]
    compared: Annotated[int, Field(ge=0)]
    equal: Annotated[int, Field(ge=0)]
    different: Annotated[int, Field(ge=0)]
    skipped: Annotated[int, Field(ge=0, description="Those that could not be compared.")]
    skipped_because: Annotated[
        str | None, Field(description="Why the latest of them could not be.")
    ]
    dropped: Annotated[
        int, Field(ge=0, description="Those that were not repeated, as too many waited.")
    ]
    executions: Annotated[
        list[ShadowedExecution],
        Field(description=f"The latest {SHADOW_EXECUTIONS} that differ, the last one first."),
    ]
    noise: ReplayNoise


class ShadowResponse(Success):
    """What the shadow of an alias has found, in Kazoo's envelope."""

    data: ShadowData


BODIES = {"fetch_shadow": Bodies(ShadowResponse)}
"""By the name of the route."""
