from dataclasses import replace

import pytest

from isolambda_api.http.services import Services
from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.executions.errors import ExecutionNotFoundError
from isolambda_core.domain.executions.execution import (
    ExecutionError,
    Origin,
    Outcome,
)
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.executions.records import (
    Callback,
    ExecutionPayload,
    ExecutionRecord,
    Status,
)
from isolambda_core.domain.functions.errors import FunctionNotFoundError
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.ids import MS_MAX, new_execution_id
from isolambda_core.domain.limits import DISABLE_AFTER_FAILURES
from isolambda_core.services.executions.execution import Resolved
from isolambda_core.services.executions.records import (
    RecordFilter,
    RecordService,
    new_record,
)
from isolambda_local.sqlite import SqliteStore
from tests.support.clocks import SetClock
from tests.support.faults import Fault
from tests.support.samples import ACCOUNT, FAILED, FUNCTION, OK, Keep

NOW_MS = SetClock().now_ms()
INVOCATION = Invocation(
    ACCOUNT, FUNCTION, b'{"a":1}', origin=Origin("kazoo", "the id of a request")
)


@pytest.fixture
def service(services: Services) -> RecordService:
    return services.records


def ended(
    function: Function, at_ms: int = NOW_MS, outcome: Outcome = Outcome.OK
) -> tuple[ExecutionRecord, ExecutionPayload]:
    """Return the record of an execution that was asked for at a time, and what goes with it."""
    result = replace(OK if outcome is Outcome.OK else FAILED, outcome=outcome)
    asked = new_record(INVOCATION, Resolved(function, "7", "live"), new_execution_id(at_ms))
    return asked.ended(result, at_ms + 5), ExecutionPayload(INVOCATION.payload, result=result)


def add(store: SqliteStore, function: Function, *times_ms: int) -> list[str]:
    """Add an execution for each time, and return their ids."""
    records = [ended(function, at_ms) for at_ms in times_ms]
    for record, contents in records:
        store.records.add(record, contents)
    return [record.id for record, _ in records]


def listed(
    service: RecordService,
    limit: int = 10,
    after: str | None = None,
    record_filter: RecordFilter | None = None,
) -> tuple[list[str], list[str]]:
    """Return the ids on a page, from the newest down and from the oldest up."""
    down, up = (
        service.list(
            ACCOUNT,
            FUNCTION,
            limit,
            after,
            descending=descending,
            record_filter=record_filter or RecordFilter(),
        )
        for descending in (True, False)
    )
    return [record.id for record in down.items], [record.id for record in up.items]


def test_a_new_record_says_who_asked_for_what(keep: Keep) -> None:
    function = replace(keep(), revision=3)
    invocation = replace(INVOCATION, as_callflow=True)
    callback = Callback("https://callback.test/")

    assert new_record(
        invocation, Resolved(function, "7", "live"), "1" * 32, callback
    ) == ExecutionRecord(
        execution_id="1" * 32,
        account_id=ACCOUNT,
        function_id=FUNCTION,
        version="7",
        qualifier="live",
        draft_revision=3,
        trigger="kazoo",
        request_id="the id of a request",
        status=Status.QUEUED,
        as_callflow=True,
        callback=callback,
    )


@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize(
    "document", [{}, *({"record": which} for which in ("all", "replayable", "failures"))]
)
def test_the_document_says_which_executions_are_recorded(
    service: RecordService, keep: Keep, document: dict[str, str], outcome: Outcome
) -> None:
    function = keep(**document)
    record, contents = ended(function, outcome=outcome)

    service.save(function, record, contents)

    is_wanted = document.get("record") in {"all", "replayable"} or outcome is not Outcome.OK
    assert listed(service) == ([record.id] * is_wanted, [record.id] * is_wanted)


@pytest.mark.parametrize("outcome", [Outcome.OK, Outcome.EXCEPTION])
def test_nothing_is_recorded_of_a_function_that_wants_none_but_what_must_be(
    service: RecordService, keep: Keep, outcome: Outcome
) -> None:
    function = keep(record="none")
    unwanted, demanded = ended(function, outcome=outcome), ended(function, outcome=outcome)

    service.save(function, *unwanted)
    service.save(function, *demanded, always=True)

    with pytest.raises(ExecutionNotFoundError):
        service.fetch(ACCOUNT, FUNCTION, unwanted[0].id)
    assert service.fetch(ACCOUNT, FUNCTION, demanded[0].id) == demanded


def test_what_is_not_recorded_disables_nothing(
    service: RecordService, store: SqliteStore, keep: Keep
) -> None:
    function = keep(record="none")

    for _ in range(DISABLE_AFTER_FAILURES + 1):
        service.save(function, *ended(function, outcome=Outcome.EXCEPTION))

    assert store.functions.get(ACCOUNT, FUNCTION) == function


@pytest.mark.parametrize("away", ["add", "iterate"])
def test_a_store_that_is_away_costs_no_result(
    service: RecordService, keep: Keep, away: str, caplog: pytest.LogCaptureFixture
) -> None:
    function = keep()
    record, contents = ended(function, outcome=Outcome.EXCEPTION)
    record = replace(record, version="$LATEST")
    fault = Fault(StoreUnavailableError, at=["add", "iterate"].index(away))
    records = fault.on("records", service.records)
    failures = replace(service.failures, records=records)

    replace(service, records=records, failures=failures).save(function, record, contents)

    assert fault.steps[-1] == f"records.{away}"
    assert caplog.messages == [f"{record.id}: its record could not be kept"]


def test_records_come_in_pages_the_newest_first(
    service: RecordService, store: SqliteStore, keep: Keep
) -> None:
    ids = add(store, keep(), *range(NOW_MS, NOW_MS + 5))

    first = service.list(ACCOUNT, FUNCTION, 3, None)
    second = service.list(ACCOUNT, FUNCTION, 3, first.next_after)

    assert [record.id for record in [*first.items, *second.items]] == ids[::-1]
    assert (len(first.items), second.next_after) == (3, None)


def test_a_page_that_all_records_fit_into_is_the_last(
    service: RecordService, store: SqliteStore, keep: Keep
) -> None:
    add(store, keep(), 1, 2, 3)

    assert service.list(ACCOUNT, FUNCTION, 3, None).next_after is None


def test_a_filter_passes_over_what_it_refuses(
    service: RecordService, store: SqliteStore, keep: Keep
) -> None:
    function = keep()
    failures = []
    for number in range(6):
        failed, contents = ended(function, NOW_MS + 2 * number, Outcome.EXCEPTION)
        store.records.add(failed, contents)
        add(store, function, NOW_MS + 2 * number + 1)
        failures.append(failed)

    record_filter = RecordFilter(predicate=lambda record: record.status is Status.FAILED)
    first = service.list(ACCOUNT, FUNCTION, 4, None, record_filter=record_filter)
    second = service.list(ACCOUNT, FUNCTION, 4, first.next_after, record_filter=record_filter)

    assert [*first.items, *second.items] == failures[::-1]
    assert (len(first.items), second.next_after) == (4, None)
    assert first.items[0].error == ExecutionError("TypeError", "no items")


def test_a_range_of_time_has_its_beginning_and_not_its_end(
    service: RecordService, store: SqliteStore, keep: Keep
) -> None:
    ids = add(store, keep(), 1_000, 1_999, 2_000, 2_001, 2_999, 3_000, 3_001)
    record_filter = RecordFilter(since_ms=2_000, until_ms=3_000)

    assert listed(service, record_filter=record_filter) == (ids[4:1:-1], ids[2:5])
    assert listed(service, 2, record_filter=record_filter) == (ids[4:2:-1], ids[2:4])
    assert listed(service, record_filter=RecordFilter(since_ms=3_001)) == (ids[6:], ids[6:])
    assert listed(service, record_filter=RecordFilter(until_ms=1_000)) == ([], [])
    assert listed(service, record_filter=RecordFilter(since_ms=3_000, until_ms=2_000)) == ([], [])


def test_a_page_of_a_range_of_time_begins_behind_an_id_in_it_or_outside(
    service: RecordService, store: SqliteStore, keep: Keep
) -> None:
    ids = add(store, keep(), 1_000, 2_000, 2_001, 2_002, 3_000)
    record_filter = RecordFilter(since_ms=2_000, until_ms=3_000)

    assert listed(service, after=ids[2], record_filter=record_filter) == ([ids[1]], [ids[3]])
    assert listed(service, after=ids[0], record_filter=record_filter) == ([], ids[1:4])
    assert listed(service, after=ids[4], record_filter=record_filter) == (ids[3:0:-1], [])


def test_all_of_time_has_every_record_in_it(
    service: RecordService, store: SqliteStore, keep: Keep
) -> None:
    ids = add(store, keep(), MS_MAX - 1, NOW_MS, 0)

    assert listed(service) == (ids, ids[::-1])


def test_a_record_is_fetched_with_what_went_in_and_came_of_it(
    service: RecordService, store: SqliteStore, keep: Keep
) -> None:
    record, contents = ended(keep())
    store.records.add(record, contents)

    assert service.fetch(ACCOUNT, FUNCTION, record.id) == (record, contents)


def test_a_record_that_is_not_there_is_not_found(service: RecordService, keep: Keep) -> None:
    keep()

    with pytest.raises(ExecutionNotFoundError):
        service.fetch(ACCOUNT, FUNCTION, "1" * 32)


def test_a_function_that_is_not_there_has_no_records(
    service: RecordService, store: SqliteStore, keep: Keep
) -> None:
    function = keep()
    [execution_id] = add(store, function, NOW_MS)
    store.functions.replace(function.removed(2), function)

    with pytest.raises(FunctionNotFoundError):
        service.list(ACCOUNT, FUNCTION, 10, None)
    with pytest.raises(FunctionNotFoundError):
        service.fetch(ACCOUNT, FUNCTION, execution_id)
