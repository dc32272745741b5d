from dataclasses import dataclass, field, replace

import pytest
from typing_extensions import override

from isolambda_api.http.services import Services
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import InvalidDocumentError
from isolambda_core.domain.functions.errors import (
    FunctionNotFoundError,
    QualifierNotFoundError,
    VersionExistsError,
)
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.functions.versions import (
    Version,
    number_of,
)
from isolambda_core.domain.limits import DEFAULT_LIMITS, VERSION_DESCRIPTION_CHARACTERS
from isolambda_core.services.functions.functions import FunctionService
from isolambda_core.services.functions.source_checks import SourceCheckService
from isolambda_core.services.functions.versions import VersionService
from isolambda_local.sqlite import SqliteStore
from isolambda_local.sqlite.versions import SqliteVersionRepository
from tests.support.clocks import SetClock
from tests.support.fakes import ScriptedExecutor

ACCOUNT, OTHER_ACCOUNT = "a" * 32, "b" * 32
DOCUMENT: Document = {"name": "hello", "function_js": "return 1"}
NOW = SetClock().now()


@pytest.fixture
def functions(services: Services) -> FunctionService:
    return services.functions


@pytest.fixture
def service(store: SqliteStore, executor: ScriptedExecutor) -> VersionService:
    checks = SourceCheckService(executor, executor, str)
    return VersionService(store.functions, store.versions, checks, SetClock())


@pytest.fixture
def draft(functions: FunctionService) -> Function:
    return functions.create(ACCOUNT, DOCUMENT)


@pytest.fixture
def source(functions: FunctionService, draft: Function) -> "Source":
    return Source(functions, draft.id)


@dataclass
class Source:
    """Gives the draft another source."""

    functions: FunctionService
    function_id: str

    def becomes(self, text: str) -> None:
        self.functions.patch(ACCOUNT, self.function_id, {"function_js": text})


def publish(service: VersionService, draft: Function, description: str = "") -> Version:
    version, is_new = service.publish(ACCOUNT, draft.id, description)
    assert is_new
    return version


def test_a_version_freezes_what_decides_how_the_draft_executes(
    service: VersionService, functions: FunctionService
) -> None:
    frozen: Document = {
        "function_js": "return 1",
        "language_pack": "javascript",
        "limits": {"wall_time_ms": 100},
        "isolation": "fresh",
        "features": ["webassembly"],
        "net": {"allow": ["api.example.com"]},
        "secrets": ["STRIPE_KEY"],
        "kv": ["orders"],
    }
    rest: Document = {
        "name": "hello",
        "enabled": False,
        "fallback": {"module": "hangup"},
        "custom": 1,
    }
    draft = functions.create(ACCOUNT, {**frozen, **rest})

    version = publish(service, draft, "the first")

    assert version == Version(ACCOUNT, draft.id, 1, "the first", frozen, NOW)
    assert service.fetch(ACCOUNT, draft.id, 1) == version
    changed, _ = functions.change(ACCOUNT, draft.id, {**DOCUMENT, "name": "new", "limits": {}})
    assert version.of(changed).document == {"name": "new", "enabled": True, **frozen}


def test_what_the_draft_did_not_say_it_does_not_say_in_a_version(
    service: VersionService, functions: FunctionService, draft: Function
) -> None:
    version = publish(service, draft)
    changed, _ = functions.patch(ACCOUNT, draft.id, {"limits": {"memory_mb": 128}, "custom": 1})

    assert version.of(changed).limits == DEFAULT_LIMITS
    assert version.of(changed).document["custom"] == 1


def test_versions_are_numbered_as_they_are_published(
    service: VersionService, draft: Function, source: Source
) -> None:
    numbers = [publish(service, draft).number]
    for text in ("return 2", "return 3"):
        source.becomes(text)
        numbers.append(publish(service, draft).number)

    assert numbers == [1, 2, 3]


def test_an_unchanged_draft_makes_no_version(
    service: VersionService, functions: FunctionService, draft: Function
) -> None:
    version = publish(service, draft, "first")
    functions.patch(ACCOUNT, draft.id, {"name": "another", "custom": 1})

    assert service.publish(ACCOUNT, draft.id, "second") == (version, False)
    assert service.list(ACCOUNT, draft.id, 10, None, descending=True).items == [version]


def test_a_draft_that_is_as_it_once_was_makes_a_version(
    service: VersionService, draft: Function, source: Source
) -> None:
    first = publish(service, draft)
    source.becomes("return 2")
    publish(service, draft)
    source.becomes("return 1")

    third = publish(service, draft)

    assert (third.number, third.sha256) == (3, first.sha256)


def test_a_number_is_not_given_again(
    service: VersionService, draft: Function, source: Source
) -> None:
    first = publish(service, draft)
    source.becomes("return 2")
    removed = publish(service, draft)

    assert service.remove(ACCOUNT, draft.id, 2) == removed

    source.becomes("return 1")
    assert service.publish(ACCOUNT, draft.id, "") == (first, False)
    source.becomes("return 2")
    assert publish(service, draft).number == 3


@pytest.mark.parametrize("description", ["x" * (VERSION_DESCRIPTION_CHARACTERS + 1), None])
def test_a_description_is_text_that_is_not_too_long(
    service: VersionService, draft: Function, description: str
) -> None:
    with pytest.raises(InvalidDocumentError) as caught:
        service.publish(ACCOUNT, draft.id, description)

    assert [violation.path for violation in caught.value.violations] == [("description",)]
    assert service.list(ACCOUNT, draft.id, 10, None, descending=True).items == []
    publish(service, draft, "x" * VERSION_DESCRIPTION_CHARACTERS)


def test_versions_are_listed_page_by_page(
    service: VersionService, draft: Function, source: Source
) -> None:
    for number in (1, 2, 3):
        source.becomes(f"return {number}")
        publish(service, draft)

    first = service.list(ACCOUNT, draft.id, 2, None, descending=True)
    rest = service.list(ACCOUNT, draft.id, 2, first.next_after, descending=True)

    assert [version.number for version in first.items] == [3, 2]
    assert ([version.number for version in rest.items], rest.next_after) == ([1], None)


@pytest.mark.parametrize("number", [0, 2, -1, 10**20])
def test_a_version_that_is_not_there_is_not_found(
    service: VersionService, draft: Function, number: int
) -> None:
    publish(service, draft)

    with pytest.raises(QualifierNotFoundError):
        service.fetch(ACCOUNT, draft.id, number)
    with pytest.raises(QualifierNotFoundError):
        service.remove(ACCOUNT, draft.id, number)


@pytest.mark.parametrize("gone", ["never there", "deleted", "of another account"])
def test_a_function_that_is_not_there_has_no_versions(
    service: VersionService, functions: FunctionService, draft: Function, gone: str
) -> None:
    publish(service, draft)
    account_id = OTHER_ACCOUNT if gone == "of another account" else ACCOUNT
    function_id = "0" * 32 if gone == "never there" else draft.id
    if gone == "deleted":
        functions.remove(ACCOUNT, draft.id)

    with pytest.raises(FunctionNotFoundError):
        service.publish(account_id, function_id, "")
    with pytest.raises(FunctionNotFoundError):
        service.fetch(account_id, function_id, 1)
    with pytest.raises(FunctionNotFoundError):
        service.list(account_id, function_id, 10, None, descending=True)
    with pytest.raises(FunctionNotFoundError):
        service.remove(account_id, function_id, 1)


@dataclass(frozen=True, slots=True)
class OvertakenVersions(SqliteVersionRepository):
    """Another client publishes its own draft, right before each number is given."""

    times: int = 1
    overtaken: list[Version] = field(default_factory=list)

    @override
    def add(self, version: Version) -> None:
        if len(self.overtaken) < self.times:
            text = f"return 'theirs {len(self.overtaken)}'"
            theirs = replace(version, document={**version.document, "function_js": text})
            self.overtaken.append(theirs)
            SqliteVersionRepository.add(self, theirs)
        SqliteVersionRepository.add(self, version)


def test_a_number_that_another_was_given_meanwhile_is_passed_over(
    store: SqliteStore, service: VersionService, draft: Function
) -> None:
    raced = replace(service, versions=OvertakenVersions(store.database, store.audit, 2))

    assert publish(raced, draft).number == 3


def test_a_draft_that_never_comes_first_is_not_published(
    store: SqliteStore, service: VersionService, draft: Function
) -> None:
    raced = replace(service, versions=OvertakenVersions(store.database, store.audit, 1_000))

    with pytest.raises(VersionExistsError):
        raced.publish(ACCOUNT, draft.id, "")


@pytest.mark.parametrize(
    ("qualifier", "number"),
    [("1", 1), ("42", 42), ("9999999999", 9_999_999_999)],
)
def test_a_number_is_a_qualifier(qualifier: str, number: int) -> None:
    assert number_of(qualifier) == number


@pytest.mark.parametrize(
    "qualifier", ["", "0", "01", "-1", "+1", " 1", "1\n", "1.0", "10000000000", "\u0661", "live"]
)
def test_what_only_looks_like_a_number_is_none(qualifier: str) -> None:
    assert number_of(qualifier) is None


def test_a_function_that_is_removed_for_good_leaves_no_version_behind(
    store: SqliteStore, service: VersionService, functions: FunctionService, draft: Function
) -> None:
    publish(service, draft)

    functions.remove(ACCOUNT, draft.id, soft_delete=False)

    assert store.versions.last_number(ACCOUNT, draft.id) == 0
    anew = functions.create(ACCOUNT, {**DOCUMENT, "id": draft.id, "function_js": "return 2"})
    assert publish(service, anew).number == 1


def test_a_version_freezes_what_its_modules_are_compiled_to(
    service: VersionService, functions: FunctionService
) -> None:
    document: Document = {**DOCUMENT, "files": {"a.js": "export {}"}}
    draft = functions.create(
        ACCOUNT, document, lambda function: replace(function, compiled="first")
    )

    version = publish(service, draft)

    later, _ = functions.change(
        ACCOUNT, draft.id, DOCUMENT, None, lambda function: replace(function, compiled=None)
    )
    assert version.document["files"] == {"a.js": "export {}"}
    assert version.of(later).compiled == "first"
    assert later.compiled is None
