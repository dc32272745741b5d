"""Which version is executed: by number, by alias, by share and by affinity key."""

from collections import Counter
from dataclasses import replace
from random import Random

import pytest

from isolambda_api.http.services import Services
from isolambda_core.domain.coroutines import complete
from isolambda_core.domain.executions.execution import ExecutionRequest, Origin
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.functions.aliases import (
    Alias,
    Target,
)
from isolambda_core.domain.functions.errors import (
    FunctionDisabledError,
    QualifierNotFoundError,
)
from isolambda_core.domain.functions.functions import (
    LATEST,
    Function,
)
from isolambda_core.domain.json_text import parse
from isolambda_core.domain.limits import AFFINITY_CHARACTERS, DISABLE_AFTER_FAILURES, Limits
from isolambda_core.services.executions.execution import (
    ExecutionService,
    Resolved,
)
from isolambda_core.services.executions.pivot_calls import CallResponse, CallService
from isolambda_core.services.functions.aliases import AliasService
from isolambda_core.services.functions.functions import FunctionService
from tests.support.callflows import TTS
from tests.support.fakes import ScriptedExecutor
from tests.support.samples import ACCOUNT, FAILED, FUNCTION

KEY = "c" * 32
MENU = '{"module":"menu"}'


@pytest.fixture
def functions(services: Services) -> FunctionService:
    return services.functions


@pytest.fixture
def service(services: Services) -> ExecutionService:
    shares = Random(20).random  # noqa: S311 - the same ones in every run
    return replace(services.invocations.executions, share=shares)


@pytest.fixture
def function(services: Services, functions: FunctionService) -> Function:
    """Return a function with versions 1 and 2, and a draft that is neither."""
    made = functions.create(
        ACCOUNT,
        {"id": FUNCTION, "name": "n", "function_js": "return 1", "limits": {"memory_mb": 128}},
    )
    services.versions.publish(ACCOUNT, made.id, "")
    second = {"function_js": "return 2", "limits": None, "features": ["webassembly"]}
    functions.patch(ACCOUNT, made.id, second)
    services.versions.publish(ACCOUNT, made.id, "")
    draft = {"function_js": "return 'draft'", "features": None}
    return functions.patch(ACCOUNT, made.id, draft)[0]


@pytest.fixture
def aliases(services: Services) -> AliasService:
    return services.aliases


def point(aliases: AliasService, function: Function, weight: float) -> Alias:
    """Give version 2 a share of the executions through the alias, and version 1 the rest."""
    target = Target(1, 2, weight)
    if aliases.list(ACCOUNT, function.id):
        return aliases.change(ACCOUNT, function.id, "live", target, "", KEY)
    return aliases.create(ACCOUNT, function.id, "live", target, "")


def prepare(service: ExecutionService, order: Invocation) -> tuple[Resolved, ExecutionRequest]:
    resolved = service.resolve(order)
    return resolved, service.prepare(order, resolved, "1" * 32)


def version_of(service: ExecutionService, function: Function, affinity: str | None = None) -> str:
    order = Invocation(ACCOUNT, function.id, b"null", "live", affinity)
    return prepare(service, order)[0].version


@pytest.mark.parametrize(
    ("qualifier", "version", "frozen"),
    [
        ("$LATEST", "$LATEST", ("return 'draft'", Limits(), ())),
        ("1", "1", ("return 1", Limits(memory_mb=128), ())),
        ("2", "2", ("return 2", Limits(), ("webassembly",))),
        ("live", "1", ("return 1", Limits(memory_mb=128), ())),
    ],
)
def test_what_a_qualifier_names_is_executed_as_it_was_published(
    service: ExecutionService,
    aliases: AliasService,
    function: Function,
    qualifier: str,
    version: str,
    frozen: tuple[str, Limits, tuple[str, ...]],
) -> None:
    point(aliases, function, 0)

    resolved, request = prepare(service, Invocation(ACCOUNT, function.id, b"null", qualifier))

    assert (resolved.version, resolved.qualifier) == (version, qualifier)
    assert request.version == version
    assert (request.source, request.limits, request.features) == frozen
    context = parse(request.context)
    assert isinstance(context, dict)
    assert context["qualifier"] == qualifier
    assert context["function"] == {"id": function.id, "name": "n", "version": version}


@pytest.mark.parametrize(
    "qualifier",
    ["3", "0", "01", "live", "$latest", "", "1 ", "9" * 5_000, "a" * 5_000, "\ud800"],
    ids=lambda text: ascii(text[:9]),
)
def test_what_is_not_there_is_not_executed(
    service: ExecutionService, function: Function, qualifier: str
) -> None:
    with pytest.raises(QualifierNotFoundError):
        prepare(service, Invocation(ACCOUNT, function.id, b"null", qualifier))


def test_the_draft_says_whether_any_version_may_be_executed(
    service: ExecutionService, functions: FunctionService, function: Function
) -> None:
    functions.patch(ACCOUNT, function.id, {"enabled": False})

    for qualifier in ("$LATEST", "1"):
        with pytest.raises(FunctionDisabledError):
            prepare(service, Invocation(ACCOUNT, function.id, b"null", qualifier))


def test_the_weight_is_the_share_of_the_additional_version(
    service: ExecutionService, aliases: AliasService, function: Function
) -> None:
    point(aliases, function, 0.3)

    versions = Counter(version_of(service, function) for _ in range(400))

    # 120 on average with a standard deviation of 9.2; five of those to either side.
    assert set(versions) == {"1", "2"}
    assert 74 <= versions["2"] <= 166


@pytest.mark.parametrize(("share", "version"), [(0.0, "2"), (0.29, "2"), (0.3, "1"), (0.99, "1")])
def test_a_share_below_the_weight_goes_to_the_additional_version(
    service: ExecutionService,
    aliases: AliasService,
    function: Function,
    share: float,
    version: str,
) -> None:
    point(aliases, function, 0.3)

    assert version_of(replace(service, share=lambda: share), function) == version


@pytest.mark.parametrize(("weight", "version"), [(0, "1"), (1, "2")])
@pytest.mark.parametrize("affinity", [None, "+49 30 1234"])
def test_all_or_nothing_has_no_exception(
    service: ExecutionService,
    aliases: AliasService,
    function: Function,
    weight: float,
    version: str,
    affinity: str | None,
) -> None:
    point(aliases, function, weight)

    assert {version_of(service, function, affinity) for _ in range(50)} == {version}


def test_one_affinity_key_always_gets_the_same_version(
    service: ExecutionService, aliases: AliasService, function: Function
) -> None:
    point(aliases, function, 0.5)
    callers = [f"+49 30 {number}" for number in range(40)]

    first = [version_of(service, function, caller) for caller in callers]
    second = [version_of(service, function, caller) for caller in callers]

    assert first == second
    assert set(first) == {"1", "2"}


def test_affinity_keys_share_the_versions_as_the_weight_says(
    service: ExecutionService, aliases: AliasService, function: Function
) -> None:
    point(aliases, function, 0.3)

    versions = Counter(version_of(service, function, f"caller {n}") for n in range(400))

    assert 74 <= versions["2"] <= 166


def test_a_growing_weight_takes_no_caller_back_to_the_old_version(
    service: ExecutionService, aliases: AliasService, function: Function
) -> None:
    callers = [f"caller {number}" for number in range(60)]
    on_new: set[str] = set()
    for weight in (0.1, 0.3, 0.5, 0.9, 1):
        point(aliases, function, weight)
        now = {caller for caller in callers if version_of(service, function, caller) == "2"}
        assert on_new <= now
        on_new = now

    assert on_new == set(callers)


def test_so_much_of_an_affinity_key_counts_and_no_more(
    service: ExecutionService, aliases: AliasService, function: Function
) -> None:
    point(aliases, function, 0.5)
    longest = ["x" * (AFFINITY_CHARACTERS - 2) + f"{number:02}" for number in range(40)]

    versions = [version_of(service, function, key) for key in longest]

    assert set(versions) == {"1", "2"}
    assert [version_of(service, function, f"{key} and more") for key in longest] == versions


def test_an_empty_affinity_key_is_none(
    service: ExecutionService, aliases: AliasService, function: Function
) -> None:
    point(aliases, function, 0.5)

    assert {version_of(service, function, "") for _ in range(50)} == {"1", "2"}


@pytest.fixture
def calls(
    services: Services, service: ExecutionService, call_executor: ScriptedExecutor
) -> CallService:
    call_executor.returns(TTS)
    return replace(services.calls, executions=service, executor=call_executor)


def test_a_call_is_answered_by_the_version_of_its_caller(
    calls: CallService, service: ExecutionService, aliases: AliasService, function: Function
) -> None:
    point(aliases, function, 0.5)

    for number in range(20):
        order = Invocation(
            ACCOUNT, function.id, b"{}", "live", f"caller {number}", as_callflow=True
        )
        answer = complete(calls.answer(order))

        expected = version_of(service, function, f"caller {number}")
        assert answer == CallResponse(TTS, expected)


def test_a_version_that_fails_falls_back_to_what_the_draft_says_now(
    calls: CallService,
    functions: FunctionService,
    call_executor: ScriptedExecutor,
    function: Function,
) -> None:
    functions.patch(ACCOUNT, function.id, {"fallback": {"module": "menu"}})
    call_executor.ends(FAILED)

    answer = complete(calls.answer(Invocation(ACCOUNT, function.id, b"{}", "1", as_callflow=True)))

    assert answer.callflow == MENU.encode()


def test_a_version_that_keeps_failing_is_what_its_own_callers_see(
    services: Services, executor: ScriptedExecutor, function: Function
) -> None:
    def order(qualifier: str) -> Invocation:
        return Invocation(ACCOUNT, function.id, b"{}", qualifier, origin=Origin("kazoo"))

    services.aliases.create(ACCOUNT, function.id, "live", Target(2), "")
    services.aliases.create(ACCOUNT, function.id, "broken", Target(1), "")
    executor.ends(FAILED)
    for qualifier in ("1", "broken") * (DISABLE_AFTER_FAILURES // 2):
        complete(services.invocations.execute(order(qualifier)))

    for qualifier in ("1", "broken"):
        with pytest.raises(FunctionDisabledError):
            complete(services.invocations.execute(order(qualifier)))
    for qualifier in ("2", "live", LATEST):
        complete(services.invocations.execute(order(qualifier)))
    assert services.functions.fetch(ACCOUNT, function.id).document == function.document


def test_a_qualifier_that_is_not_there_has_no_fallback(
    calls: CallService,
    functions: FunctionService,
    call_executor: ScriptedExecutor,
    function: Function,
) -> None:
    functions.patch(ACCOUNT, function.id, {"fallback": {"module": "menu"}})
    call_executor.requests.clear()

    for qualifier in ("3", "live"):
        with pytest.raises(QualifierNotFoundError):
            complete(
                calls.answer(Invocation(ACCOUNT, function.id, b"{}", qualifier, as_callflow=True))
            )

    assert call_executor.requests == []
