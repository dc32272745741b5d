from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from typing_extensions import override

from isolambda_api.http.services import Services
from isolambda_core.domain.coroutines import complete
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import (
    InvalidDocumentError,
    ListTooLongError,
    PreconditionFailedError,
    RevisionConflictError,
    StoreUnavailableError,
)
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.functions.aliases import Target
from isolambda_core.domain.functions.errors import (
    FunctionExistsError,
    FunctionNotFoundError,
)
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.ids import is_id
from isolambda_core.services.functions.functions import FunctionService
from isolambda_local.sqlite import SqliteStore
from isolambda_local.sqlite.functions import SqliteFunctionRepository
from tests.support.clocks import TickingClock

ACCOUNT = "a" * 32
OTHER_ACCOUNT = "b" * 32
DOCUMENT: Document = {"name": "hello", "function_js": "return 1"}


@pytest.fixture
def service(services: Services) -> FunctionService:
    return replace(services.functions, clock=TickingClock())


def test_a_function_begins_at_revision_1_under_a_fresh_id(service: FunctionService) -> None:
    function = service.create(ACCOUNT, DOCUMENT)

    assert is_id(function.id)
    assert (function.revision, function.created_at, function.modified_at) == (1, 1, 1)
    assert function.document == {**DOCUMENT, "enabled": True, "language_pack": "javascript"}
    assert service.fetch(ACCOUNT, function.id) == function


def test_a_document_may_choose_its_id_once(service: FunctionService) -> None:
    chosen = {**DOCUMENT, "id": "1" * 32}

    assert service.create(ACCOUNT, chosen).id == "1" * 32
    assert "id" not in service.fetch(ACCOUNT, "1" * 32).document
    with pytest.raises(FunctionExistsError):
        service.create(ACCOUNT, chosen)


def test_an_id_stays_taken_after_a_soft_removal_and_is_free_after_a_real_one(
    service: FunctionService,
) -> None:
    soft, real = {**DOCUMENT, "id": "1" * 32}, {**DOCUMENT, "id": "2" * 32}
    for chosen, soft_delete in ((soft, True), (real, False)):
        service.remove(ACCOUNT, service.create(ACCOUNT, chosen).id, soft_delete=soft_delete)

    assert service.create(ACCOUNT, real).revision == 1
    with pytest.raises(FunctionExistsError):
        service.create(ACCOUNT, soft)


@pytest.mark.parametrize("chosen", [5, "", "1" * 31, "A" * 32, "../" + "1" * 29])
def test_what_is_no_id_cannot_be_chosen(service: FunctionService, chosen: str | int) -> None:
    with pytest.raises(InvalidDocumentError) as refused:
        service.create(ACCOUNT, {**DOCUMENT, "id": chosen})

    assert [violation.path for violation in refused.value.violations] == [("id",)]


@pytest.mark.parametrize("write", ["change", "patch", "remove"])
def test_a_write_is_made_from_the_expected_revision_alone(
    service: FunctionService, write: str
) -> None:
    function = service.create(ACCOUNT, DOCUMENT)
    arguments = (ACCOUNT, function.id) if write == "remove" else (ACCOUNT, function.id, DOCUMENT)

    with pytest.raises(PreconditionFailedError):
        getattr(service, write)(*arguments, lambda _: False)
    assert service.fetch(ACCOUNT, function.id) == function

    written = getattr(service, write)(*arguments, lambda etag: etag == function.etag)
    changed = written if write == "remove" else written[0]
    assert changed.revision == 2


def test_an_invalid_document_is_not_kept(service: FunctionService) -> None:
    with pytest.raises(InvalidDocumentError):
        service.create(ACCOUNT, {"name": "hello"})

    assert service.list(ACCOUNT, 10, None, descending=True).items == []


def test_functions_are_listed_page_by_page(service: FunctionService) -> None:
    made = sorted(service.create(ACCOUNT, DOCUMENT).id for _ in range(3))
    service.create(OTHER_ACCOUNT, DOCUMENT)

    first = service.list(ACCOUNT, 2, None, descending=False)
    rest = service.list(ACCOUNT, 2, first.next_after, descending=False)

    assert [function.id for function in [*first.items, *rest.items]] == made
    assert rest.next_after is None


def test_a_filter_passes_over_what_it_does_not_keep(service: FunctionService) -> None:
    made = sorted(service.create(ACCOUNT, DOCUMENT).id for _ in range(5))

    def keep(function: Function) -> bool:
        return function.id in made[1::2]

    first = service.list(ACCOUNT, 1, None, descending=False, predicate=keep)
    rest = service.list(ACCOUNT, 1, first.next_after, descending=False, predicate=keep)
    whole = service.list_whole(ACCOUNT, descending=True, predicate=keep)

    assert [function.id for function in [*first.items, *rest.items]] == made[1::2]
    assert rest.next_after is None
    assert [function.id for function in whole] == made[3:0:-2]


def test_a_list_is_given_in_one_piece_while_one_page_holds_it(
    service: FunctionService, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = sorted(service.create(ACCOUNT, DOCUMENT).id for _ in range(3))
    assert [function.id for function in service.list_whole(ACCOUNT, descending=False)] == made

    monkeypatch.setattr("isolambda_core.services.paging.PAGE_BYTES", 3 * 512)
    with pytest.raises(ListTooLongError):
        service.list_whole(ACCOUNT, descending=False)


def test_a_change_replaces_the_whole_document(service: FunctionService) -> None:
    made = service.create(ACCOUNT, {**DOCUMENT, "note": "x", "enabled": False})

    changed, _ = service.change(ACCOUNT, made.id, {**DOCUMENT, "function_js": "return 2"})

    assert (changed.revision, changed.created_at, changed.modified_at) == (2, 1, 2)
    assert "note" not in changed.document
    assert changed.enabled  # the default again
    assert service.fetch(ACCOUNT, made.id) == changed


def test_a_patch_changes_what_it_names(service: FunctionService) -> None:
    made = service.create(ACCOUNT, {**DOCUMENT, "note": "x", "tags": {"a": 1, "b": 2}})

    patched, _ = service.patch(ACCOUNT, made.id, {"note": None, "tags": {"b": None, "c": 3}})

    assert patched.document == {
        **DOCUMENT,
        "enabled": True,
        "language_pack": "javascript",
        "tags": {"a": 1, "c": 3},
    }
    assert service.fetch(ACCOUNT, made.id) == patched


@pytest.mark.parametrize(
    "patch", [{"name": None}, {"function_js": 5}, {"limits": {"x": 1}}], ids=str
)
def test_a_patch_that_breaks_the_document_changes_nothing(
    service: FunctionService, patch: Document
) -> None:
    made = service.create(ACCOUNT, DOCUMENT)

    with pytest.raises(InvalidDocumentError):
        service.patch(ACCOUNT, made.id, patch)

    assert service.fetch(ACCOUNT, made.id) == made


def test_a_patch_that_removes_enabled_leaves_the_default(service: FunctionService) -> None:
    made = service.create(ACCOUNT, {**DOCUMENT, "enabled": False})

    patched, _ = service.patch(ACCOUNT, made.id, {"enabled": None})

    assert patched.enabled


@pytest.mark.parametrize("write", ["change", "patch"])
@pytest.mark.parametrize(
    ("source", "is_new"), [("return 1", False), ("return 1 ", True), ("return 2", True)]
)
def test_a_write_tells_whether_the_source_is_another(
    service: FunctionService, write: str, source: str, is_new: bool
) -> None:
    made = service.create(ACCOUNT, DOCUMENT)
    document = {**DOCUMENT, "name": "another", "function_js": source}

    assert getattr(service, write)(ACCOUNT, made.id, document)[1] is is_new


def test_an_invalid_change_changes_nothing(service: FunctionService) -> None:
    made = service.create(ACCOUNT, DOCUMENT)

    with pytest.raises(InvalidDocumentError):
        service.change(ACCOUNT, made.id, {"name": "hello"})

    assert service.fetch(ACCOUNT, made.id) == made


@pytest.mark.parametrize("soft_delete", [True, False], ids=["kept", "for good"])
def test_a_removed_function_is_gone(service: FunctionService, *, soft_delete: bool) -> None:
    made = service.create(ACCOUNT, DOCUMENT)

    removed = service.remove(ACCOUNT, made.id, soft_delete=soft_delete)

    assert (removed.deleted, removed.revision, removed.modified_at) == (True, 2, 2)
    assert removed.document == made.document
    assert service.list(ACCOUNT, 10, None, descending=True).items == []
    with pytest.raises(FunctionNotFoundError):
        service.fetch(ACCOUNT, made.id)
    with pytest.raises(FunctionNotFoundError):
        service.remove(ACCOUNT, made.id, soft_delete=soft_delete)


def test_only_a_kept_function_holds_on_to_its_id(service: FunctionService) -> None:
    kept, gone = service.create(ACCOUNT, DOCUMENT), service.create(ACCOUNT, DOCUMENT)
    service.remove(ACCOUNT, kept.id)
    service.remove(ACCOUNT, gone.id, soft_delete=False)

    service.functions.add(gone)
    with pytest.raises(FunctionExistsError):
        service.functions.add(kept)


@dataclass
class NotingBelow:
    """Notes whose things were removed from it, unless it is away."""

    name: str
    removed: list[tuple[str, str, str]]
    is_away: bool = False

    def remove_all(self, account_id: str, function_id: str) -> None:
        if self.is_away:
            raise StoreUnavailableError
        self.removed.append((self.name, account_id, function_id))


def test_what_is_below_a_function_goes_when_it_goes_for_good(service: FunctionService) -> None:
    removed: list[tuple[str, str, str]] = []
    dependents = (NotingBelow("first", removed), NotingBelow("second", removed))
    watched = replace(service, dependents=dependents)
    kept, gone = service.create(ACCOUNT, DOCUMENT), service.create(ACCOUNT, DOCUMENT)

    watched.remove(ACCOUNT, kept.id)
    assert removed == []

    watched.remove(ACCOUNT, gone.id, soft_delete=False)
    assert removed == [("first", ACCOUNT, gone.id), ("second", ACCOUNT, gone.id)]


def test_a_removal_that_was_cut_off_is_finished_by_asking_again(service: FunctionService) -> None:
    removed: list[tuple[str, str, str]] = []
    last = NotingBelow("last", removed, is_away=True)
    watched = replace(service, dependents=(NotingBelow("first", removed), last))
    made = service.create(ACCOUNT, DOCUMENT)

    with pytest.raises(StoreUnavailableError):
        watched.remove(ACCOUNT, made.id, soft_delete=False)
    assert service.fetch(ACCOUNT, made.id) == made

    last.is_away = False
    watched.remove(ACCOUNT, made.id, soft_delete=False)
    assert [name for name, _, _ in removed] == ["first", "first", "last"]


def test_nothing_below_a_function_that_went_for_good_is_left_to_the_next_of_its_id(
    store: SqliteStore, service: FunctionService, services: Services
) -> None:
    chosen = {**DOCUMENT, "id": "1" * 32}
    order = Invocation(ACCOUNT, service.create(ACCOUNT, chosen).id, b"1")
    services.versions.publish(ACCOUNT, order.function_id, "")
    services.aliases.create(ACCOUNT, order.function_id, "live", Target(1), "")
    complete(services.invocations.execute(order, "an idempotency key"))

    service.remove(ACCOUNT, order.function_id, soft_delete=False)

    service.create(ACCOUNT, chosen)
    assert services.aliases.list(ACCOUNT, order.function_id) == []
    assert store.versions.last_number(ACCOUNT, order.function_id) == 0
    assert services.records.list(ACCOUNT, order.function_id, 10, None).items == []
    assert not complete(services.invocations.execute(order, "an idempotency key")).replayed


def test_a_function_of_another_account_is_not_there(service: FunctionService) -> None:
    made = service.create(ACCOUNT, DOCUMENT)

    with pytest.raises(FunctionNotFoundError):
        service.fetch(OTHER_ACCOUNT, made.id)
    with pytest.raises(FunctionNotFoundError):
        service.change(OTHER_ACCOUNT, made.id, DOCUMENT)
    with pytest.raises(FunctionNotFoundError):
        service.patch(OTHER_ACCOUNT, made.id, {})
    with pytest.raises(FunctionNotFoundError):
        service.remove(OTHER_ACCOUNT, made.id)

    assert service.fetch(ACCOUNT, made.id) == made


@dataclass(frozen=True, slots=True)
class RacedRepository(SqliteFunctionRepository):
    """Another client writes, once, right after a function was read."""

    raced: list[str] = field(default_factory=list)

    @override
    def get(self, account_id: str, function_id: str) -> Function:
        function = SqliteFunctionRepository.get(self, account_id, function_id)
        if not self.raced:
            self.raced.append(function_id)
            self.replace(function.changed({**function.document, "name": "theirs"}, 99), function)
        return function


@pytest.mark.parametrize("write", ["change", "patch", "remove", "remove for good"])
def test_a_write_that_lost_a_race_changes_nothing(
    store: SqliteStore, service: FunctionService, write: str
) -> None:
    made = service.create(ACCOUNT, DOCUMENT)
    raced = replace(service, functions=RacedRepository(store.database, store.audit))
    writes: dict[str, Callable[[], object]] = {
        "change": lambda: raced.change(ACCOUNT, made.id, DOCUMENT),
        "patch": lambda: raced.patch(ACCOUNT, made.id, {"name": "mine"}),
        "remove": lambda: raced.remove(ACCOUNT, made.id),
        "remove for good": lambda: raced.remove(ACCOUNT, made.id, soft_delete=False),
    }

    with pytest.raises(RevisionConflictError):
        writes[write]()

    assert raced.fetch(ACCOUNT, made.id).document["name"] == "theirs"


def test_what_an_executor_compiles_is_kept_with_the_function(service: FunctionService) -> None:
    made = service.create(ACCOUNT, DOCUMENT, lambda function: replace(function, compiled="{}"))

    assert service.fetch(ACCOUNT, made.id).compiled == "{}"


def test_only_another_source_is_compiled_again(service: FunctionService) -> None:
    made = service.create(ACCOUNT, DOCUMENT, lambda function: replace(function, compiled="1"))
    seen: list[str | None] = []

    def compiled(function: Function) -> Function:
        seen.append(function.compiled)
        return replace(function, compiled="2")

    renamed, _ = service.patch(ACCOUNT, made.id, {"name": "new"}, None, compiled)
    assert (renamed.compiled, seen) == ("1", [])
    for patch in ({"files": {"a.js": "1"}}, {"language_pack": "typescript"}, {"files": None}):
        changed, source_is_new = service.patch(ACCOUNT, made.id, patch, None, compiled)
        assert (changed.compiled, source_is_new) == ("2", True)
    assert seen == [None, None, None]


def test_a_source_that_does_not_compile_changes_nothing(service: FunctionService) -> None:
    made = service.create(ACCOUNT, DOCUMENT)

    def refused(_: Function) -> Function:
        raise InvalidDocumentError([])

    with pytest.raises(InvalidDocumentError):
        service.change(ACCOUNT, made.id, {**DOCUMENT, "function_js": "import 1"}, None, refused)

    assert service.fetch(ACCOUNT, made.id) == made
