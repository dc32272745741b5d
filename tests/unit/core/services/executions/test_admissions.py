"""What a server remembers of callers and functions is never out of date."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from isolambda_api.http.services import Services
from isolambda_core.domain.accounts.errors import (
    AccountDisabledError,
    AccountNotFoundError,
    ForbiddenError,
    UnauthorizedError,
)
from isolambda_core.domain.coroutines import complete
from isolambda_core.domain.errors import IsolambdaError
from isolambda_core.domain.functions.errors import FunctionNotFoundError
from isolambda_core.domain.limits import (
    ADMISSIONS_CHARACTERS_MAX,
    ADMISSIONS_MAX,
    SOURCE_BYTES,
    TOKEN_S,
)
from isolambda_core.ports.blocking import directly
from isolambda_core.services.executions import admissions as module
from isolambda_core.services.executions.admissions import Admission, AdmissionService
from isolambda_local.sqlite import SqliteStore
from tests.support.clocks import SetClock


@dataclass
class Changes:
    """Changes that the test makes known."""

    number: int = 0

    def count(self) -> int:
        return self.number


@dataclass
class Admitting:
    """A service, an account with a function and a key, and what was read."""

    service: AdmissionService
    changes: Changes
    services: Services
    account_id: str
    function_id: str
    key: str
    reads: list[str]

    def admit(self, credential: str | None = None) -> Admission:
        return complete(
            self.service.admit(credential or self.key, self.account_id, self.function_id)
        )

    def change(self, change: Callable[[], object]) -> None:
        change()
        self.changes.number += 1


@pytest.fixture
def admitting(services: Services, clock: SetClock) -> Admitting:
    account, key = services.accounts.create_top("acme")
    function = services.functions.create(account.id, {"name": "n", "function_js": "return 1"})
    reads: list[str] = []

    async def blocking(call: Callable[..., object], *arguments: object) -> object:
        reads.append(call.__name__)
        return await directly(call, *arguments)

    changes = Changes()
    service = AdmissionService(
        services.access,
        services.invocations.executions,
        changes,
        blocking,  # type: ignore[arg-type]
        clock,
    )
    return Admitting(service, changes, services, account.id, function.id, key, reads)


def test_a_caller_is_admitted_from_memory_while_nothing_changes(admitting: Admitting) -> None:
    first = admitting.admit()
    again = [admitting.admit() for _ in range(5)]

    assert len(admitting.reads) == 1
    assert all(admission is first for admission in again)
    assert first.resolved.function.source == "return 1"
    assert first.account.id == admitting.account_id


def test_without_an_account_it_is_that_of_the_key(admitting: Admitting) -> None:
    admission = complete(admitting.service.admit(admitting.key, None, admitting.function_id))

    assert admission.account.id == admitting.account_id


def test_a_changed_source_is_executed_by_the_very_next_request(admitting: Admitting) -> None:
    admitting.admit()

    admitting.change(
        lambda: admitting.services.functions.patch(
            admitting.account_id, admitting.function_id, {"function_js": "return 2"}
        )
    )

    assert admitting.admit().resolved.function.source == "return 2"


def _disable(admitting: Admitting) -> None:
    admitting.services.accounts.patch(admitting.account_id, {"enabled": False})


def _revoke(admitting: Admitting) -> None:
    keys = admitting.services.access.api_keys
    for key in keys.of_account(admitting.account_id):
        keys.remove(key)


def _remove_function(admitting: Admitting) -> None:
    admitting.services.functions.remove(admitting.account_id, admitting.function_id)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (_disable, AccountDisabledError),
        (_revoke, UnauthorizedError),
        (_remove_function, FunctionNotFoundError),
    ],
)
def test_what_is_no_longer_allowed_is_refused_at_once(
    admitting: Admitting, change: Callable[[Admitting], None], error: type[IsolambdaError]
) -> None:
    admitting.admit()

    admitting.change(lambda: change(admitting))

    with pytest.raises(error):
        admitting.admit()


def test_a_change_while_it_is_read_is_not_overlooked(admitting: Admitting) -> None:
    read = AdmissionService._read

    def changing(*arguments: object) -> Admission:
        admission = read(*arguments)  # type: ignore[arg-type]
        admitting.change(lambda: None)  # after what was read
        return admission

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AdmissionService, "_read", changing)
        admitting.admit()

    admitting.admit()
    assert len(admitting.reads) == 2


def test_a_token_is_admitted_until_it_expires(admitting: Admitting, clock: SetClock) -> None:
    _, token = admitting.services.access.issue(admitting.key)
    admitting.admit(token)

    clock.time_ms += TOKEN_S * 1000

    with pytest.raises(UnauthorizedError):
        admitting.admit(token)


def test_a_key_that_expires_is_refused_from_that_second(
    admitting: Admitting, store: SqliteStore, clock: SetClock
) -> None:
    [key] = store.api_keys.of_account(admitting.account_id)
    store.api_keys.replace(replace(key, expires_at=clock.now() + 60), key)
    admitting.admit()

    clock.time_ms += 60_000

    with pytest.raises(UnauthorizedError):
        admitting.admit()


def test_refusals_are_not_remembered(admitting: Admitting) -> None:
    for _ in range(3):
        with pytest.raises(UnauthorizedError):
            admitting.admit("0" * 64)

    assert len(admitting.reads) == 3


def test_a_key_of_another_account_or_without_the_scope_is_refused_each_time(
    admitting: Admitting, services: Services
) -> None:
    _, other = services.accounts.create_top("other")
    admitting.admit()

    for _ in range(2):
        with pytest.raises(ForbiddenError):
            admitting.admit(other)
        with pytest.raises(AccountNotFoundError):
            complete(admitting.service.admit(admitting.key, "0" * 32, admitting.function_id))


def test_memory_is_bounded_by_number_and_by_the_length_of_sources(
    admitting: Admitting, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ADMISSIONS_MAX * 10 < ADMISSIONS_CHARACTERS_MAX
    assert SOURCE_BYTES < ADMISSIONS_CHARACTERS_MAX
    monkeypatch.setattr(module, "ADMISSIONS_MAX", 2)
    others = [
        admitting.services.functions.create(
            admitting.account_id, {"name": "n", "function_js": "return 1"}
        ).id
        for _ in range(4)
    ]

    for function_id in others:
        complete(admitting.service.admit(admitting.key, None, function_id))
        assert len(admitting.service._memory.items) <= 2

    monkeypatch.setattr(module, "_LONG", 1)
    monkeypatch.setattr(module, "ADMISSIONS_CHARACTERS_MAX", len("return 1"))
    for function_id in others:
        complete(admitting.service.admit(admitting.key, None, function_id))
        assert len(admitting.service._memory.items) == 1


def test_a_long_function_is_not_remembered_and_forgets_no_other(
    admitting: Admitting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ADMISSIONS_CHARACTERS_MAX", 16 * len("return 1"))
    short, long = (
        admitting.services.functions.create(
            admitting.account_id, {"name": "n", "function_js": source}
        ).id
        for source in ("return 1", "return 10")
    )

    for function_id in (short, long):
        complete(admitting.service.admit(admitting.key, None, function_id))

    assert [name[2] for name in admitting.service._memory.items] == [short]
