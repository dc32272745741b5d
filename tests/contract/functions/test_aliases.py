"""The contract of ``AliasRepository``."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from isolambda_core.domain.errors import RevisionConflictError
from isolambda_core.domain.functions.aliases import (
    Alias,
    Target,
)
from isolambda_core.domain.functions.errors import (
    AliasExistsError,
    QualifierNotFoundError,
    VersionInUseError,
)
from isolambda_core.domain.functions.versions import Version
from isolambda_core.domain.limits import ALIAS_MOVES, ALIASES
from isolambda_core.ports.functions import (
    AliasRepository,
    VersionRepository,
)

Make = Callable[..., Alias]
MakeVersion = Callable[..., Version]

ACCOUNT, OTHER_ACCOUNT = "a" * 32, "b" * 32
FUNCTION, OTHER_FUNCTION = "f" * 32, "e" * 32
KEY = "c" * 32
LATER = 1_700_000_100


@pytest.fixture(autouse=True)
def _versions_1_to_4(versions: VersionRepository, a_version: MakeVersion) -> None:
    for number in (1, 2, 3, 4):
        versions.add(a_version(number))


def get(aliases: AliasRepository, name: str = "live") -> Alias:
    return aliases.get(ACCOUNT, FUNCTION, name)


def moved(alias: Alias, *target: Any) -> Alias:
    return alias.moved(Target(*target), "moved", KEY, LATER)


@pytest.fixture
def in_use(versions: VersionRepository) -> Callable[[], list[int]]:
    """Remove every version that can be, and return the numbers of those that cannot."""

    def numbers() -> list[int]:
        left = []
        for version in list(versions.iterate(ACCOUNT, FUNCTION, descending=False, at_once=50)):
            try:
                versions.remove(version)
            except VersionInUseError:
                left.append(version.number)
        return left

    return numbers


InUse = Callable[[], list[int]]


def test_an_alias_comes_back_as_it_was_added(aliases: AliasRepository, an_alias: Make) -> None:
    alias = an_alias(1, 2, 0.25, description="\ud800 \U0001f600")

    aliases.add(alias)

    assert get(aliases) == alias
    assert get(aliases).etag == alias.etag


def test_an_alias_remembers_all_the_moves_that_it_may(
    aliases: AliasRepository, an_alias: Make
) -> None:
    first = an_alias(1)
    aliases.add(first)
    alias = first
    for turn in range(ALIAS_MOVES + 1):
        alias = moved(alias, turn % 2 + 2, 1, 0.5)

    aliases.replace(alias, first)

    assert get(aliases) == alias
    assert len(get(aliases).moves) == ALIAS_MOVES
    assert get(aliases).moves[-1].before == Target(2, 1, 0.5)


def test_a_name_is_taken_once(aliases: AliasRepository, an_alias: Make, in_use: InUse) -> None:
    aliases.add(an_alias(1))

    for rival in (an_alias(2), an_alias(1)):
        with pytest.raises(AliasExistsError):
            aliases.add(rival)

    assert get(aliases) == an_alias(1)
    assert in_use() == [1]


def test_names_differ_by_case_and_by_function(
    aliases: AliasRepository, versions: VersionRepository, an_alias: Make, a_version: MakeVersion
) -> None:
    versions.add(a_version(1, function_id=OTHER_FUNCTION))
    mine = [an_alias(1), an_alias(2, name="Live")]
    other = an_alias(1, function_id=OTHER_FUNCTION)
    for alias in (*mine, other):
        aliases.add(alias)

    assert [get(aliases), get(aliases, "Live")] == mine
    assert aliases.get(ACCOUNT, OTHER_FUNCTION, "live") == other


def test_an_alias_that_is_not_there_is_not_found(aliases: AliasRepository, an_alias: Make) -> None:
    aliases.add(an_alias())

    with pytest.raises(QualifierNotFoundError) as caught:
        get(aliases, "lives")
    assert caught.value.identifier == "lives"
    with pytest.raises(QualifierNotFoundError):
        aliases.get(ACCOUNT, OTHER_FUNCTION, "live")
    with pytest.raises(QualifierNotFoundError):
        aliases.get(OTHER_ACCOUNT, FUNCTION, "live")


@pytest.mark.parametrize(
    ("target", "missing"),
    [((9, None), "9"), ((1, 9), "9"), ((3, 1), "3"), ((1, 10**30), f"1{30 * '0'}")],
)
def test_no_alias_points_to_what_is_not_there(
    aliases: AliasRepository,
    versions: VersionRepository,
    an_alias: Make,
    a_version: MakeVersion,
    in_use: InUse,
    target: tuple[int, int | None],
    missing: str,
) -> None:
    versions.remove(a_version(3))
    kept = an_alias(2, name="kept")
    aliases.add(kept)

    with pytest.raises(QualifierNotFoundError) as caught:
        aliases.add(an_alias(*target, 0.5))
    assert caught.value.identifier == missing
    with pytest.raises(QualifierNotFoundError) as caught:
        aliases.replace(moved(kept, *target, 0.5), kept)
    assert caught.value.identifier == missing

    with pytest.raises(QualifierNotFoundError):
        get(aliases)
    assert get(aliases, "kept") == kept
    assert in_use() == [2]


def test_no_alias_points_to_a_version_of_another_function(
    aliases: AliasRepository, an_alias: Make
) -> None:
    with pytest.raises(QualifierNotFoundError):
        aliases.add(an_alias(1, function_id=OTHER_FUNCTION))


@pytest.mark.parametrize(
    ("first", "second", "pointed_to"),
    [
        ((1,), (2,), [2]),
        ((1,), (1, 2, 0.5), [1, 2]),
        ((1, 2, 0.5), (2,), [2]),
        ((1, 2, 0.5), (2, 1, 0.5), [1, 2]),
        ((1, 2, 0.5), (3, 4, 0.5), [3, 4]),
        ((1, 2, 0.5), (1, 2, 0.6), [1, 2]),
    ],
)
def test_a_version_is_free_when_the_last_alias_leaves_it(
    aliases: AliasRepository,
    an_alias: Make,
    in_use: InUse,
    first: tuple[float, ...],
    second: tuple[float, ...],
    pointed_to: list[int],
) -> None:
    alias = an_alias(*first)
    aliases.add(alias)
    there = moved(alias, *second)

    aliases.replace(there, alias)

    assert get(aliases) == there
    assert in_use() == pointed_to
    aliases.remove(there)
    assert in_use() == []


def test_a_version_is_in_use_until_all_of_its_aliases_have_left(
    aliases: AliasRepository, an_alias: Make, in_use: InUse
) -> None:
    one, other = an_alias(1, name="one"), an_alias(2, 1, 0.1, name="other")
    for alias in (one, other):
        aliases.add(alias)

    aliases.remove(one)

    assert in_use() == [1, 2]
    aliases.remove(other)
    assert in_use() == []


def test_a_revision_is_replaced_once(
    aliases: AliasRepository, an_alias: Make, in_use: InUse
) -> None:
    first = an_alias(1)
    aliases.add(first)
    winner = moved(first, 2)
    aliases.replace(winner, first)

    for loser in (moved(first, 3), winner):
        with pytest.raises(RevisionConflictError):
            aliases.replace(loser, first)

    assert get(aliases) == winner
    assert in_use() == [2]


def test_what_is_not_there_is_neither_replaced_nor_removed(
    aliases: AliasRepository, an_alias: Make, in_use: InUse
) -> None:
    with pytest.raises(RevisionConflictError):
        aliases.replace(moved(an_alias(1), 2), an_alias(1))
    with pytest.raises(RevisionConflictError):
        aliases.remove(an_alias(1))

    assert aliases.of_function(ACCOUNT, FUNCTION) == []
    assert in_use() == []


def test_an_alias_is_removed_at_its_revision_alone(
    aliases: AliasRepository, an_alias: Make, in_use: InUse
) -> None:
    first = an_alias(1)
    aliases.add(first)
    second = moved(first, 2)
    aliases.replace(second, first)

    with pytest.raises(RevisionConflictError):
        aliases.remove(first)

    assert get(aliases) == second
    assert in_use() == [2]


def test_a_removed_alias_frees_its_name(aliases: AliasRepository, an_alias: Make) -> None:
    aliases.add(an_alias(1))
    aliases.remove(an_alias(1))

    with pytest.raises(QualifierNotFoundError):
        get(aliases)
    aliases.add(an_alias(2))
    assert get(aliases) == an_alias(2)


@pytest.mark.parametrize("write", ["replace", "remove"])
def test_a_stale_write_of_an_alias_that_was_made_again_leaves_no_version_behind(
    aliases: AliasRepository, an_alias: Make, in_use: InUse, write: str
) -> None:
    before = an_alias(1)
    aliases.add(before)
    aliases.remove(before)
    aliases.add(an_alias(2))

    with suppress(RevisionConflictError):
        if write == "replace":
            aliases.replace(moved(before, 3), before)
        else:
            aliases.remove(before)

    left = [
        number
        for alias in aliases.of_function(ACCOUNT, FUNCTION)
        for number in alias.target.versions
    ]
    assert in_use() == left


def test_the_aliases_of_a_function_come_in_the_order_of_their_names(
    aliases: AliasRepository, versions: VersionRepository, an_alias: Make, a_version: MakeVersion
) -> None:
    versions.add(a_version(1, function_id=OTHER_FUNCTION))
    aliases.add(an_alias(1, name="other", function_id=OTHER_FUNCTION))
    names = ["live", "Live", "_a", "a-b", "a_b", "a", "ab"]
    for name in names:
        aliases.add(an_alias(name=name))

    assert aliases.of_function(ACCOUNT, FUNCTION) == [an_alias(name=name) for name in sorted(names)]
    assert aliases.of_function(OTHER_ACCOUNT, FUNCTION) == []


def test_no_alias_is_lost_where_two_that_counted_both_found_room(
    aliases: AliasRepository, an_alias: Make
) -> None:
    count = ALIASES + 5
    for number in range(count):
        aliases.add(an_alias(name=f"n{number}"))

    assert len(aliases.of_function(ACCOUNT, FUNCTION)) == count


def test_all_aliases_of_a_function_are_removed_and_no_other(
    aliases: AliasRepository, versions: VersionRepository, an_alias: Make, a_version: MakeVersion
) -> None:
    other = an_alias(1, function_id=OTHER_FUNCTION)
    versions.add(a_version(1, function_id=OTHER_FUNCTION))
    aliases.add(other)
    for name in ("one", "two"):
        aliases.add(an_alias(1, 2, 0.5, name=name))

    aliases.remove_all(ACCOUNT, FUNCTION)
    versions.remove_all(ACCOUNT, FUNCTION)

    assert aliases.of_function(ACCOUNT, FUNCTION) == []
    assert aliases.of_function(ACCOUNT, OTHER_FUNCTION) == [other]
    with pytest.raises(VersionInUseError):
        versions.remove(a_version(1, function_id=OTHER_FUNCTION))
    versions.add(a_version(1))
    versions.remove(a_version(1))


def test_the_aliases_of_one_name_come_by_their_functions(
    aliases: AliasRepository, versions: VersionRepository, a_version: MakeVersion, an_alias: Make
) -> None:
    ids = [f"{number:032x}" for number in range(60)]  # more than a store reads at once
    for function_id in ids[::2]:
        versions.add(a_version(1, function_id=function_id))
        aliases.add(an_alias(1, function_id=function_id))

    found = aliases.of_name(ACCOUNT, "live", ids)

    assert {id_: alias.function_id for id_, alias in found.items()} == {
        id_: id_ for id_ in ids[::2]
    }
    assert found[ids[0]] == aliases.get(ACCOUNT, ids[0], "live")
    assert aliases.of_name(ACCOUNT, "beta", ids) == {}
    assert aliases.of_name(ACCOUNT, "live", []) == {}
