"""The versions that shadows need, and what is kept of their executions."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from isolambda_core.domain.errors import RevisionConflictError
from isolambda_core.domain.functions.aliases import NO_SHADOW, Alias, Shadow
from isolambda_core.domain.functions.errors import QualifierNotFoundError, VersionInUseError
from isolambda_core.domain.functions.versions import Version
from isolambda_core.domain.ids import first_execution_id
from isolambda_core.domain.limits import SHADOW_EXECUTIONS
from isolambda_core.domain.replays.comparison import Difference, Kind
from isolambda_core.domain.replays.executions import Replayed
from isolambda_core.domain.replays.noise import NO_NOISE, Noise
from isolambda_core.domain.shadows.report import ShadowReport
from isolambda_core.ports.functions import AliasRepository, VersionRepository
from isolambda_core.ports.shadows import ShadowRepository
from tests.support.stores import Store

MakeVersion = Callable[..., Version]
MakeAlias = Callable[..., Alias]

ACCOUNT, FUNCTION = "a" * 32, "f" * 32


@pytest.fixture(autouse=True)
def _published(versions: VersionRepository, a_version: MakeVersion) -> None:
    for number in (1, 2):
        versions.add(a_version(number))


@pytest.fixture
def shadows(store: Store) -> ShadowRepository:
    return store.shadows


@pytest.fixture
def alias(aliases: AliasRepository, an_alias: MakeAlias) -> Alias:
    """Return an alias that is stored, and has a shadow."""
    alias = replace(an_alias(1), shadow=Shadow(0.5, 2))
    aliases.add(alias)
    return alias


def test_the_version_of_a_shadow_is_in_use_until_the_alias_has_another(
    aliases: AliasRepository,
    versions: VersionRepository,
    an_alias: MakeAlias,
    a_version: MakeVersion,
) -> None:
    alias = replace(an_alias(1), shadow=Shadow(0.5, 2))
    aliases.add(alias)

    assert aliases.get(ACCOUNT, FUNCTION, "live") == alias
    with pytest.raises(VersionInUseError):
        versions.remove(a_version(2))

    aliases.replace(alias.moved(alias.target, "", "", 5, shadow=NO_SHADOW), alias)
    versions.remove(a_version(2))
    with pytest.raises(VersionInUseError):
        versions.remove(a_version(1))


def test_a_shadow_needs_a_version_that_is_there(
    aliases: AliasRepository, an_alias: MakeAlias
) -> None:
    alias = an_alias(1)
    aliases.add(alias)

    with pytest.raises(QualifierNotFoundError):
        aliases.add(replace(an_alias(1, name="other"), shadow=Shadow(0.5, 3)))
    with pytest.raises(QualifierNotFoundError):
        aliases.replace(alias.moved(alias.target, "", "", 5, shadow=Shadow(0.5, 3)), alias)

    assert aliases.of_function(ACCOUNT, FUNCTION) == [alias]


def replayed(number: int = 1, *found: Difference, reason: str | None = None) -> Replayed:
    return Replayed(first_execution_id(number), reason, found)


def test_what_a_shadow_has_found_comes_back_as_it_was_saved(
    shadows: ShadowRepository, alias: Alias
) -> None:
    changed = Difference("/result/total", Kind.CHANGED, 1, "\ud800 \U0001f600")
    noise = Noise(frozenset({"/result/at"}), frozenset({"/result"}))
    first = ShadowReport().after(replayed(1, changed), noise, dropped=3)
    second = first.after(replayed(2, reason="the old version refuses the input"), NO_NOISE)

    assert shadows.get(alias) == ShadowReport()
    for report in (first, second):
        shadows.save(alias, report)
        assert shadows.get(alias) == report


def test_a_report_is_saved_only_over_the_one_before(
    shadows: ShadowRepository, alias: Alias
) -> None:
    first = ShadowReport().after(replayed(1), NO_NOISE)
    shadows.save(alias, first)

    for stale in (first, first.after(replayed(2), NO_NOISE).after(replayed(3), NO_NOISE)):
        with pytest.raises(RevisionConflictError):
            shadows.save(alias, stale)

    assert shadows.get(alias) == first


def test_the_longest_report_has_room(shadows: ShadowRepository, alias: Alias) -> None:
    text = "".join(chr(0x10000 + number * 7919 % 0xF0000) for number in range(300))
    noise = Noise(*(frozenset(f"{text}{name}{n}" for n in range(99)) for name in "ab"))
    report = ShadowReport()
    for number in range(SHADOW_EXECUTIONS + 5):
        found = [Difference(f"/{n}{text[:298]}", Kind.CHANGED, text, text) for n in range(20)]
        report = replace(report.after(replayed(number, *found), noise), revision=1)

    shadows.save(alias, report)

    assert len(shadows.get(alias).found) == SHADOW_EXECUTIONS


@pytest.mark.parametrize("share", [0.5, 0.0])
def test_a_change_of_the_alias_begins_anew_in_the_same_step(
    aliases: AliasRepository, shadows: ShadowRepository, alias: Alias, share: float
) -> None:
    report = ShadowReport().after(replayed(1), NO_NOISE)
    shadows.save(alias, report)
    changed = alias.moved(alias.target, "", "", 5, shadow=Shadow(share, 2))

    aliases.replace(changed, alias)

    assert shadows.get(changed) == ShadowReport()
    with pytest.raises(RevisionConflictError):
        shadows.save(alias, report)
    assert shadows.get(changed) == ShadowReport()


def test_what_it_found_goes_with_its_alias(
    aliases: AliasRepository, shadows: ShadowRepository, alias: Alias
) -> None:
    report = ShadowReport().after(replayed(1), NO_NOISE)
    shadows.save(alias, report)

    aliases.remove(alias)

    with pytest.raises(RevisionConflictError):
        shadows.save(alias, report)
    aliases.add(alias)
    assert shadows.get(alias) == ShadowReport()


def test_what_shadows_found_goes_with_their_function(
    store: Store, shadows: ShadowRepository, alias: Alias, a_version: MakeVersion
) -> None:
    other = replace(alias, function_id="e" * 32)
    store.versions.add(a_version(1, function_id="e" * 32))
    store.versions.add(a_version(2, function_id="e" * 32))
    store.aliases.add(other)
    report = ShadowReport().after(replayed(1), NO_NOISE)
    shadows.save(alias, report)
    shadows.save(other, report)

    for dependent in store.dependents:
        dependent.remove_all(ACCOUNT, FUNCTION)

    assert shadows.get(alias) == ShadowReport()
    assert shadows.get(other) == report
    with pytest.raises(RevisionConflictError):
        shadows.save(alias, report)
