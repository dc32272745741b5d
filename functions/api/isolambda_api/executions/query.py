"""Which executions a list is to have."""

import re
from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Depends, Query

from isolambda_api.http.raises import raises
from isolambda_api.kazoo.gregorian import unix
from isolambda_core.domain.errors import InvalidDocumentError, Violation
from isolambda_core.domain.executions.execution import Outcome
from isolambda_core.domain.executions.records import (
    ExecutionRecord,
    Status,
)
from isolambda_core.domain.ids import ID_PATTERN, MS_MAX, is_id
from isolambda_core.services.executions.records import RecordFilter

_SECONDS = re.compile("[0-9]{1,18}")
_DIGITS: dict[str, Any] = {"pattern": f"^{_SECONDS.pattern}$"}


def _one_of(words: type[StrEnum]) -> dict[str, Any]:
    return {"enum": [*words]}


@raises(
    InvalidDocumentError([Violation(("status",), "enum", list(Status), "done")]),
    InvalidDocumentError([Violation(("created_from",), "type", "integer", "today")]),
)
async def _record_filter(
    status: Annotated[
        str | None, Query(description="Where it stands.", json_schema_extra=_one_of(Status))
    ] = None,
    outcome: Annotated[
        str | None, Query(description="How it ended.", json_schema_extra=_one_of(Outcome))
    ] = None,
    version: Annotated[
        str | None, Query(description="The version that ran: a number, or `$LATEST`.")
    ] = None,
    trigger_id: Annotated[
        str | None, Query(description="The trigger whose event it is executed for.")
    ] = None,
    created_from: Annotated[
        str | None,
        Query(
            description="Not before this time, in Gregorian seconds.",
            json_schema_extra=_DIGITS,
        ),
    ] = None,
    created_to: Annotated[
        str | None,
        Query(description="Not after this time, in Gregorian seconds.", json_schema_extra=_DIGITS),
    ] = None,
) -> RecordFilter:
    violations = [*_check_enum("status", status, Status)]
    violations += _check_enum("outcome", outcome, Outcome)
    violations += _check_time("created_from", created_from)
    violations += _check_time("created_to", created_to)
    if violations:
        raise InvalidDocumentError(violations)

    def matches(record: ExecutionRecord) -> bool:
        return (
            status in (None, record.status)
            and outcome in (None, record.outcome)
            and version in (None, record.version)
            and trigger_id in (None, record.trigger_id)
        )

    return RecordFilter(
        0 if created_from is None else unix(int(created_from)) * 1000,
        MS_MAX if created_to is None else (unix(int(created_to)) + 1) * 1000,
        None if status is outcome is version is trigger_id is None else matches,
    )


RequestedFilter = Annotated[RecordFilter, Depends(_record_filter)]
"""The executions that the query asks for."""


@raises(InvalidDocumentError([Violation(("function_id",), "pattern", ID_PATTERN, "mine")]))
async def _function_id(
    function_id: Annotated[
        str | None,
        Query(
            description="The function that is executed.", json_schema_extra={"pattern": ID_PATTERN}
        ),
    ] = None,
) -> str | None:
    if function_id is not None and not is_id(function_id):
        violation = Violation(("function_id",), "pattern", ID_PATTERN, function_id)
        raise InvalidDocumentError([violation])
    return function_id


RequestedFunction = Annotated[str | None, Depends(_function_id)]
"""The function whose executions alone the query asks for, if any."""


async def _account_filter(
    record_filter: RequestedFilter, function_id: RequestedFunction
) -> RecordFilter:
    if function_id is None:
        return record_filter
    matches = record_filter.predicate

    def are_of_function(record: ExecutionRecord) -> bool:
        return record.function_id == function_id and (matches is None or matches(record))

    return replace(record_filter, predicate=are_of_function)


RequestedAccountFilter = Annotated[RecordFilter, Depends(_account_filter)]
"""The executions of all functions that the query asks for."""


def _check_enum(name: str, given: str | None, words: type[StrEnum]) -> Iterator[Violation]:
    if given is not None and given not in list(words):
        yield Violation((name,), "enum", list(words), given)


def _check_time(name: str, given: str | None) -> Iterator[Violation]:
    if given is not None and not _SECONDS.fullmatch(given):
        yield Violation((name,), "type", "integer", given)
