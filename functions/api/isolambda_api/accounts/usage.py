"""What an account uses: of its quotas now, and to execute on each day."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request, Response

from isolambda_api.http.deferred_route import DeferredRoute
from isolambda_api.http.raises import raises
from isolambda_api.http.services import UseCases
from isolambda_api.kazoo.authorization import ManagedAccount
from isolambda_api.kazoo.envelope import success
from isolambda_api.kazoo.pagination import Paging, paged
from isolambda_api.kazoo.paths import ACCOUNT
from isolambda_core.domain.errors import InvalidDocumentError, Violation
from isolambda_core.domain.executions.daily_counts import Days
from isolambda_core.domain.ids import ID_PATTERN, is_id
from isolambda_core.domain.limits import DAILY_COUNTS_RANGE_DAYS

router = APIRouter(route_class=DeferredRoute, tags=["Accounts"])

_BY: Final = ("day", "function")
_DATE: Final = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TOO_MANY: Final = f"at most {DAILY_COUNTS_RANGE_DAYS} days, the first of them not after the last"
_NO_DAY: Final = "there is no such day"
_NOT_BY: Final = Violation(("by",), "enum", list(_BY), "week")
_NO_ID: Final = Violation(("function_id",), "pattern", ID_PATTERN, "hello")
_NO_DATE: Final = Violation(("from",), "pattern", _DATE.pattern, "yesterday")
_NO_RANGE: Final = Violation(("from",), "error", None, "2026-01-01", _TOO_MANY)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The days that are asked for, None where none are."""

    by_function: bool
    function_id: str | None
    first: date | None
    last: date | None

    def days(self, today: date) -> Days:
        """Return the days, by default the last ones up to today.

        Raises:
            InvalidDocumentError: they are too many, or in the wrong order.
        """
        last = self.last or today
        before = timedelta(DAILY_COUNTS_RANGE_DAYS - 1)
        first = self.first or date.fromordinal(max(1, (last.toordinal() - before.days)))
        if not timedelta() <= last - first <= before:
            raise InvalidDocumentError(
                [Violation(("from",), "error", None, first.isoformat(), _TOO_MANY)]
            )
        return Days(first.isoformat(), last.isoformat())


@raises(
    *(InvalidDocumentError([violation]) for violation in (_NOT_BY, _NO_ID, _NO_DATE, _NO_RANGE))
)
async def _wanted(
    by: Annotated[
        str | None,
        Query(
            description="`function` for what each function executed, `day` for sums of all.",
            json_schema_extra={"enum": [*_BY]},
        ),
    ] = None,
    first: Annotated[
        str | None,
        Query(
            alias="from",
            description=f"The first day, in UTC; by default {DAILY_COUNTS_RANGE_DAYS} days up to "
            "`to`, which are also the most.",
            json_schema_extra={"format": "date"},
        ),
    ] = None,
    last: Annotated[
        str | None,
        Query(
            alias="to",
            description="The last day, in UTC; by default today.",
            json_schema_extra={"format": "date"},
        ),
    ] = None,
    function_id: Annotated[
        str | None,
        Query(
            description="The one function that is asked for.",
            json_schema_extra={"pattern": ID_PATTERN},
        ),
    ] = None,
) -> _Wanted | None:
    if by is first is last is function_id is None:
        return None
    if function_id is not None and not is_id(function_id):
        raise InvalidDocumentError(
            [Violation(("function_id",), "pattern", ID_PATTERN, function_id)]
        )
    if by not in (None, *_BY):
        raise InvalidDocumentError([Violation(("by",), "enum", list(_BY), by)])
    return _Wanted(by == "function", function_id, _date("from", first), _date("to", last))


@router.get(f"{ACCOUNT}/usage")
def show_usage(
    request: Request,
    account: ManagedAccount,
    wanted: Annotated[_Wanted | None, Depends(_wanted)],
    paging: Paging,
    services: UseCases,
) -> Response:
    """Return what an account may have of each quota, and what it has with all accounts below it.

    If the account has a budget, it also says what is used of that.

    With any of `by`, `from`, `to` and `function_id` it is a page of what the account itself
    executed on each day, by default the latest day first.
    """
    if wanted is None:
        usage = services.accounts.usage(account)
        data = {str(each): {"limit": of.limit, "used": of.used} for each, of in usage.items()}
        if account.budget is None:
            return success(request, data)
        budget = services.accounts.budget_usage(account, services.budgets.spending.unused)
        return success(request, {**data, "budget": budget})
    days = wanted.days(datetime.fromtimestamp(services.clock.now(), UTC).date())
    counts = services.counts
    read = counts.list if wanted.by_function else counts.sums
    if wanted.function_id is not None:
        read = partial(counts.of_function, function_id=wanted.function_id)
    page = read(account.id, days, paging.size, paging.after, descending=paging.descending)
    return paged(request, paging, page, lambda count: count.document)


def _date(name: str, text: str | None) -> date | None:
    if text is None:
        return None
    if not _DATE.fullmatch(text):
        raise InvalidDocumentError([Violation((name,), "pattern", _DATE.pattern, text)])
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidDocumentError([Violation((name,), "error", None, text, _NO_DAY)]) from None
