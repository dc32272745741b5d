"""Whatever asks for an execution, observers get the result that its caller gets."""

from isolambda_core.adapters.aes_gcm import AesGcmSealer
from isolambda_core.adapters.json_schemas import JsonSchemaChecker
from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.api_keys import ApiKey, Caller
from isolambda_core.domain.coroutines import complete
from isolambda_core.domain.errors import IsolambdaError
from isolambda_core.domain.executions.errors import ExecutorBusyError
from isolambda_core.domain.executions.execution import ExecutionResult, Outcome
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.functions.functions import LATEST
from isolambda_core.domain.ids import new_id
from isolambda_core.ports.blocking import directly
from isolambda_core.services.executions.daily_counts import DailyCountService
from isolambda_core.services.executions.execution import (
    ExecutionService,
    Resolved,
    open_executions,
)
from isolambda_core.services.tools.code import CodeService
from isolambda_core.services.tools.grants import ToolGrants
from isolambda_local.sqlite import SqliteStore
from tests.support.clocks import SetClock
from tests.support.fakes import ScriptedExecutor
from tests.support.samples import ACCOUNT, FUNCTION, SECRET, Keep

KEY_ID = "b" * 32


def test_observers_get_a_result_as_it_is_concluded(store: SqliteStore, keep: Keep) -> None:
    seen: list[tuple[Invocation, ExecutionResult]] = []
    executions = open_executions(
        store,
        AesGcmSealer(SECRET),
        JsonSchemaChecker(),
        SetClock(),
        observers=(lambda *each: seen.append(each),),
    )
    function = keep(result_schema={"type": "string"})
    invocation = Invocation(ACCOUNT, FUNCTION, b"{}")
    executed = ExecutionResult(new_id(), Outcome.OK, b"1")

    concluded = executions.conclude(invocation, Resolved(function, LATEST, LATEST), executed)

    assert concluded.outcome is Outcome.INVALID_RESULT
    assert seen == [(invocation, concluded)]


def test_who_observes_fallbacks_gets_why_they_answer(store: SqliteStore, keep: Keep) -> None:
    seen: list[IsolambdaError | ExecutionResult] = []
    of = (store, AesGcmSealer(SECRET), JsonSchemaChecker(), SetClock())
    observers = (lambda *_: None,)
    busy, failed = ExecutorBusyError(), ExecutionResult(new_id(), Outcome.EXCEPTION)
    executions = open_executions(*of, observers=observers, observe_fallback=seen.append)

    function = keep()
    for reason in (busy, failed):
        executions.note_fallback(function, reason)

    assert seen == [busy, failed]


def test_without_observers_nothing_is_in_between(store: SqliteStore) -> None:
    executions = open_executions(store, AesGcmSealer(SECRET), JsonSchemaChecker(), SetClock())

    assert type(executions) is ExecutionService


def test_observers_learn_of_code_that_is_no_function(
    store: SqliteStore, executor: ScriptedExecutor
) -> None:
    clock, seen = SetClock(), list[tuple[Invocation, ExecutionResult]]()
    counts = DailyCountService(store.daily_counts, clock)
    observers = (lambda *each: seen.append(each),)
    code = CodeService(executor, ToolGrants(SECRET, clock), counts, directly, clock, observers)
    account = Account(ACCOUNT, {"name": "n"}, 1, 1)
    caller = Caller(ApiKey("0" * 64, KEY_ID, ACCOUNT, 0))

    result = complete(code.execute(account, caller, "return 1", "r"))

    [(invocation, observed)] = seen
    assert (invocation.account_id, observed) == (ACCOUNT, result)
