"""What the executions of an account had to tell, as they end: a route of ours, to be followed.

A cold start does without what it stands on.
"""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.requests import ClientDisconnect

from isolambda_api.executions.query import RequestedFunction
from isolambda_api.executions.routes import summary_of
from isolambda_api.http.deferred_route import DeferredRoute
from isolambda_api.http.raises import raises
from isolambda_api.http.services import UseCases
from isolambda_api.kazoo.authorization import ManagedAccount, authorize_again
from isolambda_api.kazoo.envelope import success
from isolambda_api.kazoo.pagination import (
    NO_NUMBER,
    FaultyRequestError,
    decode_key,
    encode_key,
    size_of,
)
from isolambda_api.kazoo.paths import ACCOUNT
from isolambda_core.domain.accounts.api_keys import Scope
from isolambda_core.domain.errors import InvalidDocumentError, Violation
from isolambda_core.domain.executions.errors import TooManyFollowersError, UnknownCursorError
from isolambda_core.domain.executions.execution import Outcome, report_of
from isolambda_core.domain.executions.records import ExecutionRecord
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.limits import LOG_ENTRIES, LOG_ENTRIES_MAX, LOG_WAIT_S, LOG_WAITS

if TYPE_CHECKING:
    from isolambda_core.services.executions.account_records import LogEntry, LogQuery

router = APIRouter(route_class=DeferredRoute, tags=["Executions"])

_SECONDS = re.compile("[0-9]{1,9}")
_WORDS = ["true", "false"]


@raises(
    FaultyRequestError(NO_NUMBER),
    InvalidDocumentError([Violation(("failed",), "enum", [*_WORDS], "yes")]),
)
async def _query(
    account: ManagedAccount,
    function_id: RequestedFunction,
    after: Annotated[
        str | None,
        Query(description="`cursor` of the answer before; without it come the newest."),
    ] = None,
    failed: Annotated[
        str | None,
        Query(
            description="`true` for what failed alone.",
            json_schema_extra={"enum": [*_WORDS]},
        ),
    ] = None,
    page_size: Annotated[
        str | None, Query(description=f"1 to {LOG_ENTRIES_MAX}; {LOG_ENTRIES} if absent.")
    ] = None,
) -> "LogQuery":
    from isolambda_core.services.executions.account_records import (  # noqa: PLC0415 - see above
        LogQuery,
    )

    if failed not in (None, *_WORDS):
        raise InvalidDocumentError([Violation(("failed",), "enum", [*_WORDS], failed)])

    def matches(record: ExecutionRecord) -> bool:
        is_of_function = function_id in (None, record.function_id)
        return is_of_function and (failed != "true" or record.outcome is not Outcome.OK)

    return LogQuery(
        account.id,
        account.tenant,
        size_of(page_size, LOG_ENTRIES, LOG_ENTRIES_MAX),
        matches,
        None if after is None else decode_key(after),
    )


@raises(InvalidDocumentError([Violation(("wait_s",), "maximum", LOG_WAIT_S, 60)]))
async def _wait_s(
    wait_s: Annotated[
        str | None,
        Query(
            description="How many seconds to wait if there is nothing new; 0 if absent.",
            json_schema_extra={"type": "integer", "minimum": 0, "maximum": LOG_WAIT_S},
        ),
    ] = None,
) -> int:
    if wait_s is None:
        return 0
    if not _SECONDS.fullmatch(wait_s):
        raise InvalidDocumentError([Violation(("wait_s",), "type", "integer", wait_s)])
    if int(wait_s) > LOG_WAIT_S:
        raise InvalidDocumentError([Violation(("wait_s",), "maximum", LOG_WAIT_S, int(wait_s))])
    return int(wait_s)


@router.get(f"{ACCOUNT}/logs")
@raises(UnknownCursorError(), TooManyFollowersError(LOG_WAITS))
async def follow_logs(
    request: Request,
    query: Annotated["LogQuery", Depends(_query)],
    wait_s: Annotated[int, Depends(_wait_s)],
    services: UseCases,
) -> Response:
    """Return what ended attempts had to tell, the oldest first, and the cursor behind them.

    They are those of recorded executions of all functions of the account: each ended attempt that a
    record shows, with its error, its console lines and its requests. To follow, ask again with the
    `cursor` of the answer as `after`. With `wait_s` the answer waits until there is something, or
    the time is over. A key that has become invalid meanwhile is refused then.
    """
    has_waited = False

    async def still_waits() -> bool:
        nonlocal has_waited
        has_waited = True
        if await request.is_disconnected():
            raise ClientDisconnect
        return not services.is_ending()

    records = services.account_records
    page = await records.follow(query, wait_s, still_waits)
    if has_waited:
        await records.blocking(authorize_again, request, query.account_id, Scope.MANAGE)
    entries = [_entry(entry) for entry in page.entries]
    return success(request, {"entries": entries, "cursor": encode_key(page.cursor)})


def _entry(entry: "LogEntry") -> Mapping[str, JsonValue]:
    return {**summary_of(entry.record), **report_of(entry.result)}
