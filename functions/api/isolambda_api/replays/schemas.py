"""What requests and responses of replays hold."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

from isolambda_api.http.openapi import Bodies
from isolambda_api.http.table_model import TableModel
from isolambda_api.kazoo.schemas import Closed, Success
from isolambda_api.replays.routes import REPLAY_SCHEMA
from isolambda_core.domain.replays.comparison import Kind
from isolambda_core.domain.replays.executions import Verdict


class Replay(TableModel):
    """What to replay, and on which versions."""

    table = REPLAY_SCHEMA


class ReplayRequestBody(BaseModel):
    """What to replay, in Kazoo's envelope."""

    data: Replay


class ReplayDifference(Closed):
    """A place where two versions differ."""

    path: Annotated[
        str,
        Field(
            description="A JSON Pointer: `/outcome`, `/result…`, `/error…`, or below `/requests` "
            "the target of a request, and its number among those to the same target."
        ),
    ]
    kind: Annotated[Kind, Field(description="What became of the value there.")]
    old: Annotated[
        Any,
        Field(
            default=None,
            description="The value of the old version; a text that is cut if it is long. Not there "
            "where something was added.",
        ),
    ]
    new: Annotated[
        Any,
        Field(
            default=None,
            description="The value of the new version, likewise. Not there where it was removed.",
        ),
    ]
    times: Annotated[
        int,
        Field(ge=1, description="How many places differ whose paths are the same but for numbers."),
    ]


class ReplayTaken(Closed):
    """What one execution took."""

    cpu_ms: Annotated[float, Field(ge=0)]
    memory_mb: Annotated[float, Field(ge=0)]
    cold: Annotated[bool, Field(description="Whether it ran in a new isolate.")]


class ReplayUsage(Closed):
    """What the executions of both versions took."""

    old: list[ReplayTaken]
    new: list[ReplayTaken]


class ReplayedExecution(Closed):
    """What came of one recorded execution."""

    execution_id: str
    verdict: Verdict
    reason: Annotated[str | None, Field(description="Why it was skipped.")]
    differences: Annotated[
        list[ReplayDifference], Field(description="Where outcome, result or error differ.")
    ]
    requests: Annotated[
        list[ReplayDifference], Field(description="Where that differs which the code asked.")
    ]
    more: Annotated[int, Field(ge=0, description="Differences beyond those that are listed.")]
    usage: ReplayUsage


class ReplayNoise(Closed):
    """Where executions of the old version differ by themselves, which counts in none."""

    paths: Annotated[
        list[str], Field(description="As `path`, with `*` for each number; and all below.")
    ]
    members: Annotated[
        list[str],
        Field(
            description="Arrays and objects whose items or keys come and go. What is one of "
            "`paths`, too, comes and goes itself, or has several types."
        ),
    ]


class ReplayComparison(Closed):
    """How much both versions took."""

    old: Annotated[float | None, Field(description="The median over all inputs.")]
    new: Annotated[float | None, Field(description="The median over all inputs.")]
    inputs: Annotated[int, Field(ge=0, description="How many inputs it was measured for.")]
    more: Annotated[bool, Field(description="Whether the new version takes notably more.")]


class ReplaySummary(Closed):
    """What came of all executions together."""

    compared: Annotated[int, Field(ge=0)]
    equal: Annotated[int, Field(ge=0)]
    different: Annotated[int, Field(ge=0)]
    skipped: Annotated[int, Field(ge=0)]
    other_requests: Annotated[
        int, Field(ge=0, description="Executions that asked something else; each is different.")
    ]
    different_percent: Annotated[float, Field(ge=0, le=100)]
    cpu_ms: ReplayComparison
    memory_mb: ReplayComparison


class ReplayReport(Closed):
    """What a replay found."""

    from_: Annotated[
        str, Field(alias="from", description="The old version, or `$LATEST` for the draft.")
    ]
    to: Annotated[str, Field(description="The new version.")]
    executions: Annotated[list[ReplayedExecution], Field(description="The newest first.")]
    noise: ReplayNoise
    summary: ReplaySummary
    next_start_key: Annotated[
        str | None,
        Field(default=None, description="There where older records are left to replay."),
    ]


class ReplayResponse(Success):
    """What a replay found, in Kazoo's envelope."""

    data: ReplayReport


BODIES = {"replay_executions": Bodies(ReplayResponse, ReplayRequestBody)}
"""By the name of the route."""
