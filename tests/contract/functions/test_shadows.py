"""The versions that shadows need, and what is kept of their executions."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from isolambda_core.domain.functions.aliases import NO_SHADOW, Alias, Shadow
from isolambda_core.domain.functions.errors import QualifierNotFoundError, VersionInUseError
from isolambda_core.domain.functions.versions import Version
from isolambda_core.ports.functions import AliasRepository, VersionRepository

MakeVersion = Callable[..., Version]
MakeAlias = Callable[..., Alias]

ACCOUNT, FUNCTION = "a" * 32, "f" * 32


@pytest.fixture(autouse=True)
def _published(versions: VersionRepository, a_version: MakeVersion) -> None:
    for number in (1, 2):
        versions.add(a_version(number))


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
