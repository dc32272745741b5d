"""The contract of ``VersionRepository``."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from isolambda_core.domain.functions.aliases import Alias
from isolambda_core.domain.functions.errors import (
    QualifierNotFoundError,
    VersionExistsError,
    VersionInUseError,
)
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.functions.versions import (
    Version,
    id_of,
)
from isolambda_core.domain.limits import MIB, SOURCE_BYTES
from isolambda_core.ports.functions import (
    AliasRepository,
    FunctionRepository,
    VersionRepository,
)

Make = Callable[..., Version]

ACCOUNT, OTHER_ACCOUNT = "a" * 32, "b" * 32
FUNCTION, OTHER_FUNCTION = "f" * 32, "e" * 32

both_ways = pytest.mark.parametrize("descending", [True, False], ids=["descending", "ascending"])


def get(versions: VersionRepository, number: int) -> Version:
    return versions.get(ACCOUNT, FUNCTION, number)


def last_number(versions: VersionRepository) -> int:
    return versions.last_number(ACCOUNT, FUNCTION)


def numbers_of(
    versions: VersionRepository,
    after: str | None = None,
    *,
    function_id: str = FUNCTION,
    descending: bool = False,
    at_once: int = 50,
) -> list[int]:
    found = versions.iterate(ACCOUNT, function_id, after, descending=descending, at_once=at_once)
    return [version.number for version in found]


def test_the_key_that_published_a_version_is_kept(
    versions: VersionRepository, a_version: Make
) -> None:
    version = replace(a_version(1), created_by="1" * 32)

    versions.add(version)

    assert get(versions, 1) == version
    assert list(versions.iterate(ACCOUNT, FUNCTION, at_once=1)) == [version]


def test_a_version_comes_back_as_it_was_added(versions: VersionRepository, a_version: Make) -> None:
    version = a_version(
        1,
        description="the first, \U0001f600",
        limits={"wall_time_ms": 100},
        isolation="fresh",
        features=["webassembly"],
    )

    versions.add(version)

    assert get(versions, 1) == version
    assert get(versions, 1).sha256 == version.sha256
    assert list(versions.iterate(ACCOUNT, FUNCTION, at_once=1)) == [version]


@pytest.mark.parametrize(
    "text", ["", "\x00", "\ud800", "\udc00\ud800", "x" * SOURCE_BYTES], ids=lambda text: text[:9]
)
def test_a_version_may_hold_any_text(
    versions: VersionRepository, a_version: Make, text: str
) -> None:
    version = a_version(function_js=text, description=text[:1_000])

    versions.add(version)

    assert get(versions, 1) == version


def test_a_version_of_modules_comes_back_with_what_they_are_compiled_to(
    versions: VersionRepository, a_version: Make
) -> None:
    version = replace(a_version(1, files={"a.js": "export {}"}), compiled='{"files":[]}')

    versions.add(version)

    assert get(versions, 1) == version
    assert list(versions.iterate(ACCOUNT, FUNCTION, at_once=10)) == [version]


def test_a_version_keeps_the_schemas_of_the_draft(
    versions: VersionRepository, a_version: Make
) -> None:
    schema = {"properties": {"ä/~": {"type": ["integer", "null"], "minimum": 0.5}}, "$defs": {}}
    version = a_version(1, input_schema=schema, result_schema={"not": True})

    versions.add(version)

    assert get(versions, 1) == version


def test_a_number_is_given_once(versions: VersionRepository, a_version: Make) -> None:
    versions.add(a_version())

    for rival in (a_version(function_js="return 'another'"), a_version()):
        with pytest.raises(VersionExistsError):
            versions.add(rival)

    assert get(versions, 1) == a_version()


@pytest.mark.parametrize("number", [2, 0, -1, 9_999_999_999, 10**30])
def test_a_version_that_is_not_there_is_not_found(
    versions: VersionRepository, a_version: Make, number: int
) -> None:
    versions.add(a_version(1))

    with pytest.raises(QualifierNotFoundError) as caught:
        get(versions, number)

    assert caught.value.identifier == str(number)


def test_each_function_counts_for_itself(versions: VersionRepository, a_version: Make) -> None:
    mine = a_version(1)
    others = [
        a_version(1, function_id=OTHER_FUNCTION, function_js="return 'other'"),
        a_version(1, account_id=OTHER_ACCOUNT, function_js="return 'theirs'"),
    ]

    for version in (mine, *others):
        versions.add(version)
    versions.add(a_version(2, function_id=OTHER_FUNCTION))

    assert get(versions, 1) == mine
    assert versions.get(OTHER_ACCOUNT, FUNCTION, 1) == others[1]
    assert numbers_of(versions) == [1]
    assert last_number(versions) == 1
    assert versions.last_number(ACCOUNT, OTHER_FUNCTION) == 2


def test_the_last_number_is_the_highest(versions: VersionRepository, a_version: Make) -> None:
    assert last_number(versions) == 0

    for number in (2, 10, 9):
        versions.add(a_version(number))

    assert last_number(versions) == 10


def test_a_removed_version_is_gone_and_its_number_is_not_given_again(
    versions: VersionRepository, a_version: Make
) -> None:
    for number in (1, 2):
        versions.add(a_version(number))

    versions.remove(a_version(2))

    with pytest.raises(QualifierNotFoundError):
        get(versions, 2)
    with pytest.raises(VersionExistsError):
        versions.add(a_version(2))
    assert last_number(versions) == 2
    assert numbers_of(versions) == [1]


def test_a_retired_number_is_as_that_of_a_removed_version(
    versions: VersionRepository, a_version: Make
) -> None:
    versions.add(a_version(1))
    versions.retire(ACCOUNT, FUNCTION, 7)

    assert last_number(versions) == 7
    assert numbers_of(versions) == [1]
    with pytest.raises(QualifierNotFoundError):
        get(versions, 7)
    with pytest.raises(VersionExistsError):
        versions.add(a_version(7))
    versions.add(a_version(8))
    assert numbers_of(versions) == [1, 8]


def test_a_number_that_a_version_has_or_had_is_not_retired(
    versions: VersionRepository, a_version: Make
) -> None:
    for number in (1, 2):
        versions.add(a_version(number))
    versions.remove(a_version(2))

    for number in (1, 2, 2):
        versions.retire(ACCOUNT, FUNCTION, number)

    assert get(versions, 1) == a_version(1)
    assert last_number(versions) == 2


def test_a_version_is_removed_once(versions: VersionRepository, a_version: Make) -> None:
    versions.add(a_version(1))
    versions.remove(a_version(1))

    for number in (1, 2):
        with pytest.raises(QualifierNotFoundError) as caught:
            versions.remove(a_version(number))
        assert caught.value.identifier == str(number)


def test_a_version_that_an_alias_points_to_is_not_removed(
    versions: VersionRepository,
    aliases: AliasRepository,
    a_version: Make,
    an_alias: Callable[..., Alias],
) -> None:
    for number in (1, 2):
        versions.add(a_version(number))
    for name in ("tested", "live"):
        aliases.add(an_alias(1, 2, 0.5, name=name))

    for number in (1, 2):
        with pytest.raises(VersionInUseError) as caught:
            versions.remove(a_version(number))
        assert caught.value.alias == "live"

    assert numbers_of(versions) == [1, 2]


@pytest.mark.parametrize("at_once", [1, 2, 3, 50])
def test_versions_come_in_the_order_of_their_numbers(
    versions: VersionRepository, a_version: Make, at_once: int
) -> None:
    for number in (10, 1, 100, 9, 2, 3):
        versions.add(a_version(number))
    versions.remove(a_version(9))

    expected = [1, 2, 3, 10, 100]
    assert numbers_of(versions, at_once=at_once) == expected
    assert numbers_of(versions, descending=True, at_once=at_once) == expected[::-1]


@both_ways
@pytest.mark.parametrize("at_once", [1, 50])
def test_versions_start_behind_one_that_need_not_be_there(
    versions: VersionRepository, a_version: Make, at_once: int, *, descending: bool
) -> None:
    for number in (1, 2, 3, 4):
        versions.add(a_version(number))
    versions.remove(a_version(3))

    def behind(after: str) -> list[int]:
        return numbers_of(versions, after, descending=descending, at_once=at_once)

    assert behind(id_of(2)) == ([1] if descending else [4])
    assert behind(id_of(3)) == ([2, 1] if descending else [4])
    assert behind(id_of(10)) == ([4, 2, 1] if descending else [])
    assert behind("!") == ([] if descending else [1, 2, 4])
    assert behind("~") == ([4, 2, 1] if descending else [])


def test_a_walk_of_long_versions_ends_after_the_last(
    versions: VersionRepository, a_version: Make
) -> None:
    source = "\ud800".join(f"{number:x}" for number in range(50_000))[: MIB // 16]
    count = MIB // len(source) + 4
    for number in range(1, count):
        versions.add(a_version(number, function_js=source, custom=source))

    assert numbers_of(versions, at_once=500) == list(range(1, count))


def test_versions_are_read_as_they_are_taken(versions: VersionRepository, a_version: Make) -> None:
    for number in (1, 2):
        versions.add(a_version(number))

    iterate = versions.iterate(ACCOUNT, FUNCTION, descending=False, at_once=1)
    first = next(iterate)
    versions.remove(a_version(2))
    versions.add(a_version(3))

    assert [version.number for version in (first, *iterate)] == [1, 3]


def test_all_versions_of_a_function_are_removed_with_their_numbers(
    versions: VersionRepository,
    functions: FunctionRepository,
    a_version: Make,
    a_function: Callable[..., Function],
) -> None:
    function = a_function()
    functions.add(function)
    kept = a_version(1, function_id=OTHER_FUNCTION)
    versions.add(kept)
    for number in range(1, 31):
        versions.add(a_version(number))
    versions.remove(a_version(30))

    versions.remove_all(ACCOUNT, FUNCTION)

    assert (numbers_of(versions), last_number(versions)) == ([], 0)
    assert versions.get(ACCOUNT, OTHER_FUNCTION, 1) == kept
    assert functions.get(ACCOUNT, function.id) == function
    versions.add(a_version(1))


def test_a_version_of_each_of_several_functions_comes_by_their_ids(
    versions: VersionRepository, a_version: Make
) -> None:
    numbers = {f"{number:032x}": 1 + number % 2 for number in range(30)}  # more than at once
    for function_id in numbers:
        versions.add(a_version(1, function_id=function_id))
        versions.add(a_version(2, function_id=function_id))
    removed, absent = "0" * 32, f"{1:032x}"
    versions.remove(versions.get(ACCOUNT, removed, 1))

    found = versions.of_numbers(ACCOUNT, {**numbers, absent: 7})

    assert set(found) == set(numbers) - {removed, absent}
    assert {id_: each.number for id_, each in found.items()} == {id_: numbers[id_] for id_ in found}
    assert found["0" * 31 + "2"] == versions.get(ACCOUNT, "0" * 31 + "2", 1)
    assert versions.of_numbers(ACCOUNT, {}) == {}
