"""Replays of recorded executions: a route of ours, in Kazoo's envelope."""

from typing import cast

from fastapi import APIRouter, Request, Response

from isolambda_api.http.context import context_of
from isolambda_api.http.deferred_route import DeferredRoute
from isolambda_api.http.invocation_options import EXECUTION_ERRORS, hops_of
from isolambda_api.http.raises import EXAMPLE_ID, raises
from isolambda_api.http.services import UseCases
from isolambda_api.kazoo.authorization import ManagedAccount
from isolambda_api.kazoo.envelope import success
from isolambda_api.kazoo.ids import FunctionId
from isolambda_api.kazoo.pagination import decode_key, encode_key
from isolambda_api.kazoo.paths import FUNCTION
from isolambda_api.kazoo.request import Data
from isolambda_core.domain.documents import require_none, with_integers
from isolambda_core.domain.errors import InvalidDocumentError, Violation
from isolambda_core.domain.functions.errors import FunctionDisabledError, QualifierNotFoundError
from isolambda_core.domain.json_schema import Schema, check
from isolambda_core.domain.limits import REPLAY_SAMPLE, REPLAY_SAMPLE_MAX
from isolambda_core.domain.secrets.errors import MissingSecretError, UnopenedSecretError

router = APIRouter(route_class=DeferredRoute, tags=["Replays"])

REPLAY_SCHEMA: Schema = {
    "type": "object",
    "additionalProperties": False,
    "required": ("from", "to"),
    "properties": {
        "from": {
            "type": "string",
            "description": "The old version: a number, an alias, or `$LATEST` for the draft.",
            "examples": ["live"],
        },
        "to": {"type": "string", "description": "The new version.", "examples": ["$LATEST"]},
        "sample": {
            "type": "integer",
            "minimum": 1,
            "maximum": REPLAY_SAMPLE_MAX,
            "default": REPLAY_SAMPLE,
            "description": "How many recorded executions to replay, the newest first.",
        },
        "start_key": {
            "type": "string",
            "description": "`next_start_key` of the report before, to go on behind it.",
        },
    },
}
"""What a client says to have recorded executions replayed."""

_INVALID = InvalidDocumentError([Violation(("to",), "required", None, "to")])


@router.post(f"{FUNCTION}/replays")
@raises(
    _INVALID,
    QualifierNotFoundError("42"),
    FunctionDisabledError(EXAMPLE_ID),
    MissingSecretError("STRIPE_KEY"),
    UnopenedSecretError("STRIPE_KEY"),
    *EXECUTION_ERRORS,
)
async def replay_executions(
    request: Request,
    account: ManagedAccount,
    function_id: FunctionId,
    data: Data,
    services: UseCases,
) -> Response:
    """Execute the inputs of recorded executions on two versions, and return where these differ.

    Nothing is reached: all that the code asks is answered from the records. No records are kept.
    """
    # A cold start does without.
    from isolambda_core.services.replays.replays import ReplayRequest  # noqa: PLC0415

    data = with_integers(data, [("sample",)])
    require_none(check(data, REPLAY_SCHEMA))
    start_key = cast("str | None", data.get("start_key"))
    report, next_after = await services.replays.replay(
        ReplayRequest(
            account.id,
            function_id,
            account.tenant,
            old=str(data["from"]),
            new=str(data["to"]),
            sample=cast("int", data.get("sample", REPLAY_SAMPLE)),
            after=decode_key(start_key) if start_key else None,
            request_id=context_of(request).request_id,
            hops=hops_of(request),
        )
    )
    next_key = {} if next_after is None else {"next_start_key": encode_key(next_after)}
    return success(request, {**report.document, **next_key})
