import json
from dataclasses import replace

import pytest

from isolambda_api.http.services import Services
from isolambda_core.domain.accounts.execution_tokens import GRACE_S
from isolambda_core.domain.coroutines import complete
from isolambda_core.domain.executions.errors import (
    ContextTooLargeError,
    ExecutorBusyError,
    InputNotAcceptedError,
    PayloadTooLargeError,
)
from isolambda_core.domain.executions.execution import (
    ExecutionRequest,
    ExecutionResult,
    LogLine,
    Origin,
    Outcome,
)
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.executions.reach import KvGrant
from isolambda_core.domain.functions.errors import (
    FunctionDisabledError,
    FunctionNotFoundError,
    QualifierNotFoundError,
)
from isolambda_core.domain.functions.functions import RECORDS
from isolambda_core.domain.json_text import to_utf8
from isolambda_core.domain.key_values.tokens import KvClaims
from isolambda_core.domain.limits import CONTEXT_BYTES, PAYLOAD_BYTES, WALL_TIME_MS_MAX, Limits
from isolambda_core.services.executions.execution import (
    ExecutionService,
    Resolved,
)
from isolambda_core.services.key_values.grants import KvGrants
from isolambda_local.sqlite import SqliteStore
from tests.support.fakes import ScriptedExecutor
from tests.support.samples import ACCOUNT, FUNCTION, OTHER_ACCOUNT, SECRET, Keep

ID = "1" * 32
INVOCATION = Invocation(ACCOUNT, FUNCTION, b"null")


@pytest.fixture
def service(services: Services) -> ExecutionService:
    return services.invocations.executions


def execute(
    service: ExecutionService,
    executor: ScriptedExecutor,
    invocation: Invocation,
    wall_time_ms_max: int = WALL_TIME_MS_MAX,
) -> ExecutionResult:
    resolved = service.resolve(invocation)
    request = service.prepare(invocation, resolved, ID, wall_time_ms_max)
    return service.conclude(invocation, resolved, executor.execute(request))


def test_the_executor_is_handed_what_it_needs_and_no_more(
    service: ExecutionService, executor: ScriptedExecutor, keep: Keep
) -> None:
    function = keep(isolation="fresh", limits={"memory_mb": 128}, custom="private")

    invocation = Invocation(ACCOUNT, FUNCTION, b'{"a":1}', origin=Origin(request_id="r1"))
    result = execute(service, executor, invocation)

    [request] = executor.requests
    assert request == ExecutionRequest(
        execution_id=ID,
        account_id=ACCOUNT,
        function_id=FUNCTION,
        version="$LATEST",
        source="return 1",
        input=b'{"a":1}',
        language_pack="javascript",
        isolation="fresh",
        context=request.context,
        limits=Limits(memory_mb=128),
        request_id="r1",
    )
    assert service.resolve(invocation) == Resolved(function, version="$LATEST", qualifier="$LATEST")
    assert result == ExecutionResult(ID, Outcome.OK, result=b"1")


def test_an_execution_is_granted_the_namespaces_of_the_document_and_no_token_where_the_store_is(
    service: ExecutionService, executor: ScriptedExecutor, keep: Keep
) -> None:
    keep(kv=["orders", "carts"])

    execute(service, executor, INVOCATION)

    assert executor.requests[0].kv == KvGrant(("orders", "carts"))
    assert json.loads(executor.requests[0].context)["kv"] == ["orders", "carts"]


def test_where_the_executor_has_no_store_each_execution_has_a_token_of_its_own(
    service: ExecutionService, executor: ScriptedExecutor, keep: Keep
) -> None:
    keep(kv=["orders"], limits={"wall_time_ms": 2_000})
    grants = KvGrants(SECRET, service.clock, "https://api.example.com")

    execute(replace(service, grants=grants), executor, INVOCATION, wall_time_ms_max=1_000)

    grant = executor.requests[0].kv
    assert grant is not None
    assert (grant.namespaces, grant.url) == (("orders",), "https://api.example.com")
    expires_at = service.clock.now() + 1 + GRACE_S
    expected = KvClaims(ACCOUNT, FUNCTION, ID, ("orders",), expires_at)
    assert grants.read(grant.token) == expected


def test_a_function_that_names_no_namespace_is_granted_none(
    service: ExecutionService, executor: ScriptedExecutor, keep: Keep
) -> None:
    keep()
    grants = KvGrants(SECRET, service.clock, "https://api.example.com")

    execute(replace(service, grants=grants), executor, INVOCATION)

    assert executor.requests[0].kv is None


@pytest.mark.parametrize("record", RECORDS)
def test_operations_are_recorded_where_the_document_says_replayable(
    service: ExecutionService, executor: ScriptedExecutor, keep: Keep, record: str
) -> None:
    keep(record=record)

    execute(service, executor, INVOCATION)

    [request] = executor.requests
    assert request.record_operations == (record == "replayable")
    assert request.replay is None


def test_the_function_gets_what_it_is_and_who_asks(
    service: ExecutionService, executor: ScriptedExecutor, keep: Keep
) -> None:
    keep()
    meta, tokens = {"__proto__": "p", "colour": "\u017ealia"}, {"user": "u\ud800"}
    origin = Origin("codemash", "the id of a request", meta, tokens)

    execute(service, executor, replace(INVOCATION, origin=origin))

    [request] = executor.requests
    assert json.loads(request.context) == {
        "execution_id": ID,
        "function": {"id": FUNCTION, "name": "n", "version": "$LATEST"},
        "account_id": ACCOUNT,
        "qualifier": "$LATEST",
        "meta": {"__proto__": "p", "colour": "\u017ealia"},
        "tokens": {"user": "u\ud800"},
        "trigger": "codemash",
        "trigger_id": None,
        "event_id": None,
    }


@pytest.mark.parametrize("character", ["x", "\u00e9", "\ud800"], ids=ascii)
def test_the_context_is_as_long_as_it_may_be_in_bytes(
    service: ExecutionService, executor: ScriptedExecutor, keep: Keep, character: str
) -> None:
    keep()
    size = len(character.encode("utf-8", "surrogatepass"))
    room = CONTEXT_BYTES - len('{"meta":{"a":""},"tokens":{}}')
    longest = character * (room // size) + "x" * (room % size)

    execute(service, executor, replace(INVOCATION, origin=Origin(meta={"a": longest})))
    with pytest.raises(ContextTooLargeError) as caught:
        execute(service, executor, replace(INVOCATION, origin=Origin(meta={"a": longest + "x"})))

    assert (caught.value.limit, caught.value.used) == (CONTEXT_BYTES, CONTEXT_BYTES + 1)
    assert len(executor.requests) == 1


@pytest.mark.parametrize(("own", "most", "used"), [(100, 50, 50), (50, 100, 50), (50, 50, 50)])
def test_a_function_that_was_read_runs_no_longer_than_it_and_the_caller_allow(
    service: ExecutionService,
    executor: ScriptedExecutor,
    keep: Keep,
    own: int,
    most: int,
    used: int,
) -> None:
    keep(limits={"wall_time_ms": own, "memory_mb": 128})

    execute(service, executor, INVOCATION, most)

    assert executor.requests[0].limits == Limits(wall_time_ms=used, memory_mb=128)


@pytest.mark.parametrize("character", ["x", "\u00e9", "\ud800"], ids=ascii)
def test_a_payload_is_as_long_as_it_may_be_in_bytes(
    service: ExecutionService, executor: ScriptedExecutor, keep: Keep, character: str
) -> None:
    keep()
    encoded = to_utf8(character)
    size = len(encoded)
    longest = encoded * (PAYLOAD_BYTES // size) + b"x" * (PAYLOAD_BYTES % size)

    execute(service, executor, replace(INVOCATION, payload=longest))
    with pytest.raises(PayloadTooLargeError) as caught:
        execute(service, executor, replace(INVOCATION, payload=longest + b"x"))

    assert (caught.value.limit, caught.value.used) == (PAYLOAD_BYTES, PAYLOAD_BYTES + 1)
    assert len(executor.requests) == 1


@pytest.mark.parametrize("qualifier", ["1", "live", "", "$latest"])
def test_a_version_that_is_not_there_is_not_found(
    service: ExecutionService, executor: ScriptedExecutor, keep: Keep, qualifier: str
) -> None:
    keep()

    with pytest.raises(QualifierNotFoundError):
        execute(service, executor, replace(INVOCATION, qualifier=qualifier))

    assert executor.requests == []


def test_a_disabled_function_is_not_executed(
    service: ExecutionService, executor: ScriptedExecutor, keep: Keep
) -> None:
    keep(enabled=False)

    with pytest.raises(FunctionDisabledError):
        execute(service, executor, INVOCATION)

    assert executor.requests == []


def test_a_function_of_another_account_is_not_executed(
    service: ExecutionService, executor: ScriptedExecutor, keep: Keep
) -> None:
    keep()

    with pytest.raises(FunctionNotFoundError):
        execute(service, executor, replace(INVOCATION, account_id=OTHER_ACCOUNT))

    assert executor.requests == []


def test_a_deleted_function_is_not_executed(
    service: ExecutionService, executor: ScriptedExecutor, keep: Keep, store: SqliteStore
) -> None:
    function = keep()
    store.functions.replace(function.removed(2), function)

    with pytest.raises(FunctionNotFoundError):
        execute(service, executor, INVOCATION)

    assert executor.requests == []


def test_a_busy_executor_is_the_caller_s_to_hear_of(
    services: Services, executor: ScriptedExecutor, keep: Keep
) -> None:
    keep()
    executor.ends(ExecutorBusyError())

    with pytest.raises(ExecutorBusyError):
        complete(services.invocations.execute(INVOCATION))


@pytest.mark.parametrize(
    ("as_callflow", "outcome"), [(True, Outcome.INVALID_RESULT), (False, Outcome.OK)]
)
def test_a_callflow_is_demanded_where_one_was_ordered(
    executor: ScriptedExecutor,
    service: ExecutionService,
    keep: Keep,
    *,
    as_callflow: bool,
    outcome: Outcome,
) -> None:
    keep()

    assert (
        execute(service, executor, replace(INVOCATION, as_callflow=as_callflow)).outcome is outcome
    )


@pytest.mark.parametrize(
    ("payload", "changed"),
    [
        ("9007199254740993", "9007199254740993"),
        ('{"id": -1234567890123456789}', "-1234567890123456789"),
        ('[[{"a": 12345678901234567891}], "x", 1e3]', "12345678901234567891"),
        ("[9007199254740993, 9007199254740995, 1, 9007199254740997, 9007199254740999]",
         "9007199254740993, 9007199254740995, 9007199254740997"),
        ("1" * 60, f"{'1' * 40}…"),
    ],
)  # fmt: skip
def test_an_integer_that_javascript_changes_is_reported_before_all_other_lines(
    service: ExecutionService, executor: ScriptedExecutor, keep: Keep, payload: str, changed: str
) -> None:
    keep()
    executor.ends(ExecutionResult(ID, Outcome.OK, b"1", logs=(LogLine("log", "mine", 3),)))

    warning, mine = execute(service, executor, Invocation(ACCOUNT, FUNCTION, payload.encode())).logs

    assert warning.level == "warn"
    assert warning.text == f"JavaScript changes {changed} of the input: send such numbers as texts"
    assert mine.text == "mine"


@pytest.mark.parametrize(
    "payload",
    [
        "9007199254740992",
        "1152921504606846976",
        '"1234567890123456789"',
        '{"1234567890123456789": 1}',
        "0.1234567890123456",
        "[1234567890123456, 7890123456789012]",
        "1e300",
    ],
)
def test_a_number_that_a_double_holds_and_digits_in_a_text_are_not_reported(
    executor: ScriptedExecutor, service: ExecutionService, keep: Keep, payload: str
) -> None:
    keep()

    assert execute(service, executor, Invocation(ACCOUNT, FUNCTION, payload.encode())).logs == ()


def test_an_input_that_does_not_fit_its_schema_reaches_no_executor(
    service: ExecutionService, keep: Keep, executor: ScriptedExecutor
) -> None:
    keep(input_schema={"properties": {"id": {"type": "integer"}}})
    invocation = replace(INVOCATION, payload=b'{"id":"hunter2"}')

    with pytest.raises(InputNotAcceptedError) as refused:
        execute(service, executor, invocation)

    assert refused.value.fault.path == "/id"
    assert str(refused.value) == (
        'the input does not fit its schema: /id: must be of type "integer"'
    )
    assert executor.requests == []


def test_a_result_that_does_not_fit_its_schema_is_invalid_and_keeps_lines_and_usage(
    service: ExecutionService, keep: Keep, executor: ScriptedExecutor
) -> None:
    keep(result_schema={"required": ["id"]})
    line = LogLine("log", "x", 1)
    executor.ends(ExecutionResult("", Outcome.OK, b"{}", logs=(line,)))

    result = execute(service, executor, INVOCATION)

    assert (result.outcome, result.result, result.logs) == (Outcome.INVALID_RESULT, None, (line,))
    assert result.error is not None
    assert (result.error.name, result.error.message) == ("InvalidResult", "/id: is missing")
