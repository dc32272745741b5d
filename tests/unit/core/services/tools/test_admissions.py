"""Which tool a name is, and who may call it, is never out of date, and mostly from memory."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import pytest

from isolambda_api.http.services import Services
from isolambda_core.domain.accounts.api_keys import hash_api_key
from isolambda_core.domain.coroutines import complete
from isolambda_core.domain.executions.reach import ToolGrant
from isolambda_core.domain.functions.aliases import Target
from isolambda_core.domain.tools.errors import ToolCallError, ToolForbiddenError, UnknownToolError
from isolambda_core.ports.blocking import directly
from isolambda_core.services.functions.tools import ToolService
from isolambda_core.services.tools.admissions import AdmittedTool, ToolAdmissions
from isolambda_local.sqlite import SqliteStore
from tests.support.clocks import SetClock

ROOT = "d" * 32


@dataclass
class Changes:
    """Changes that the test makes known."""

    number: int = 0

    def count(self) -> int:
        return self.number


@dataclass
class Admitting:
    """A service, an account with the tool ``greet``, and the grant of an execution of its key."""

    service: ToolAdmissions
    changes: Changes
    services: Services
    account_id: str
    function_id: str
    grant: ToolGrant
    statements: list[str] = field(default_factory=list)

    def admit(self, name: str = "greet", root_id: str = ROOT) -> AdmittedTool:
        grant = replace(self.grant, root_id=root_id)
        return complete(self.service.admit(self.account_id, grant, name))

    def change(self, change: Callable[[], object]) -> None:
        change()
        self.changes.number += 1

    def patch(self, **document: object) -> None:
        functions = self.services.functions
        self.change(lambda: functions.patch(self.account_id, self.function_id, document))  # type: ignore[arg-type]

    def add(self, name: str) -> str:
        document = {"name": name, "function_js": "return 2", "tool": {"description": "d"}}
        return self.services.functions.create(self.account_id, document).id  # type: ignore[arg-type]

    def reads(self, action: Callable[[], object]) -> list[str]:
        """Return the statements that an action has SQLite make."""
        self.statements.clear()
        action()
        return list(self.statements)


@pytest.fixture
def admitting(services: Services, store: SqliteStore, clock: SetClock) -> Iterator[Admitting]:
    account, key = services.accounts.create_top("acme")
    changes = Changes()
    service = ToolAdmissions(services.tools, services.access, changes, directly, clock)
    grant = ToolGrant(hash_api_key(key), ROOT)
    admitting = Admitting(service, changes, services, account.id, "", grant)
    admitting.function_id = admitting.add("greet")
    with store.database.connection() as connection:
        connection.set_trace_callback(admitting.statements.append)
    yield admitting
    with store.database.connection() as connection:
        connection.set_trace_callback(None)


def test_a_call_reads_nothing_while_nothing_changes(admitting: Admitting) -> None:
    first = admitting.admit()

    assert admitting.reads(lambda: admitting.admit(root_id="e" * 32)) == []
    assert admitting.admit() is first
    assert (first.tool.function_id, first.account.id) == (
        admitting.function_id,
        admitting.account_id,
    )
    assert first.resolved.function.source == "return 2"


def test_the_next_call_executes_a_source_that_was_changed(admitting: Admitting) -> None:
    admitting.admit()

    admitting.patch(function_js="return 3")

    assert admitting.admit().resolved.function.source == "return 3"


def _remove_key(admitting: Admitting) -> None:
    keys = admitting.services.access.api_keys
    for key in keys.of_account(admitting.account_id):
        keys.remove(key)


def _disable_account(admitting: Admitting) -> None:
    admitting.services.accounts.patch(admitting.account_id, {"enabled": False})


def _remove_function(admitting: Admitting) -> None:
    admitting.services.functions.remove(admitting.account_id, admitting.function_id)


def _disable_function(admitting: Admitting) -> None:
    admitting.patch(enabled=False)


def _rename(admitting: Admitting) -> None:
    admitting.patch(name="salute")


def _narrow_key(admitting: Admitting) -> None:
    keys = admitting.services.access.api_keys
    [key] = keys.of_account(admitting.account_id)
    keys.replace(replace(key, function_id="0" * 32), key)


@pytest.mark.parametrize("knows_changes", [True, False])
@pytest.mark.parametrize(
    ("change", "error"),
    [
        (_remove_key, ToolForbiddenError),
        (_disable_account, ToolForbiddenError),
        (_narrow_key, UnknownToolError),
        (_remove_function, UnknownToolError),
        (_disable_function, UnknownToolError),
        (_rename, UnknownToolError),
    ],
)
def test_what_is_no_longer_allowed_is_refused_at_once(
    admitting: Admitting,
    change: Callable[[Admitting], None],
    error: type[ToolCallError],
    knows_changes: bool,
) -> None:
    if not knows_changes:
        admitting.service = replace(admitting.service, changes=None)
    admitting.admit()

    admitting.change(lambda: change(admitting))

    with pytest.raises(error):
        admitting.admit()


def test_a_change_while_it_is_read_is_not_overlooked(
    admitting: Admitting, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = ToolAdmissions._read

    def changing(*arguments: object) -> AdmittedTool:
        admitted = read(*arguments)  # type: ignore[arg-type]
        admitting.patch(function_js="return 4")  # after what was read
        return admitted

    with monkeypatch.context() as patch:
        patch.setattr(ToolAdmissions, "_read", changing)
        admitting.admit()

    assert admitting.admit().resolved.function.source == "return 4"


def test_a_key_or_token_that_expires_is_refused_from_that_second(
    admitting: Admitting, store: SqliteStore, clock: SetClock
) -> None:
    for_a_token = replace(admitting.grant, expires_at=clock.now() + 30)
    [key] = store.api_keys.of_account(admitting.account_id)
    store.api_keys.replace(replace(key, expires_at=clock.now() + 60), key)
    admitting.admit()

    clock.time_ms += 30_000
    with pytest.raises(ToolForbiddenError):
        complete(admitting.service.admit(admitting.account_id, for_a_token, "greet"))
    admitting.admit()
    clock.time_ms += 30_000
    with pytest.raises(ToolForbiddenError):
        admitting.admit()


def test_each_call_through_an_alias_with_two_versions_draws_one(
    admitting: Admitting, services: Services
) -> None:
    of = (admitting.account_id, admitting.function_id)
    for source in ("return 'one'", "return 'two'"):
        admitting.patch(function_js=source)
        services.versions.publish(*of, "")
    services.aliases.create(*of, "live", Target(1, 2, 0.5), "")
    draws = iter([0.9, 0.1])
    executions = replace(services.invocations.executions, share=lambda: next(draws))
    tools = ToolService(services.tools.functions, executions)
    admitting.service = replace(admitting.service, tools=tools)

    assert [admitting.admit().resolved.version for _ in range(2)] == ["1", "2"]


def test_a_flood_of_names_that_are_none_lists_the_functions_once(admitting: Admitting) -> None:
    def flood(root_id: str) -> None:
        for number in range(20):
            with pytest.raises(UnknownToolError):
                admitting.admit(f"none{number}", root_id)

    assert len(admitting.reads(lambda: flood(ROOT))) == 1

    admitting.service = replace(admitting.service, changes=None)
    assert len(admitting.reads(lambda: flood(ROOT))) == 1
    assert len(admitting.reads(lambda: flood("e" * 32))) == 1


def test_a_tool_that_is_new_is_found_at_once(admitting: Admitting) -> None:
    with pytest.raises(UnknownToolError):
        admitting.admit("wave")

    admitting.change(lambda: admitting.add("wave"))

    assert admitting.admit("wave").tool.name == "wave"
