import json

import pytest

from isolambda_core.adapters.codecs.aliases import dump_alias, load_alias
from isolambda_core.domain.errors import Violation
from isolambda_core.domain.functions.alias_documents import check_shadow
from isolambda_core.domain.functions.aliases import NO_SHADOW, Alias, Shadow, Target


def alias(shadow: Shadow = NO_SHADOW) -> Alias:
    return Alias("a" * 32, "f" * 32, "live", Target(1, 2, 0.5), "", 1, 1, shadow=shadow)


@pytest.mark.parametrize(
    ("shadow", "version", "share", "is_due"),
    [
        (Shadow(0.25, 3), 1, 0.2, True),
        (Shadow(0.25, 3), 1, 0.25, False),
        (Shadow(1.0, 3), 1, 0.999, True),
        (Shadow(1.0, 3), 3, 0.0, False),
        (Shadow(1.0), 1, 0.0, True),
        (NO_SHADOW, 1, 0.0, False),
    ],
)
def test_a_share_of_the_executions_of_other_versions_is_repeated(
    shadow: Shadow, version: int, share: float, *, is_due: bool
) -> None:
    assert shadow.is_due(version, share) is is_due


def test_the_shadow_is_of_a_number_or_of_the_draft() -> None:
    assert [Shadow(1, 7).qualifier, Shadow(1).qualifier] == ["7", "$LATEST"]


def test_an_alias_needs_the_version_of_its_shadow() -> None:
    assert alias(Shadow(0.5, 7)).versions == {1, 2, 7}
    assert alias(Shadow(0.5)).versions == {1, 2}


def test_a_change_keeps_the_shadow_unless_it_names_another() -> None:
    before = alias(Shadow(0.5, 7))

    assert before.moved(Target(3), "", "", 2).shadow == Shadow(0.5, 7)
    assert before.moved(Target(3), "", "", 2, shadow=NO_SHADOW).shadow == NO_SHADOW
    assert before.rolled_back(Target(3), "", 2).shadow == Shadow(0.5, 7)


def test_it_is_written_and_read_with_its_alias_and_older_ones_have_none() -> None:
    written = dump_alias(alias(Shadow(0.5, 7)))
    older = json.loads(written)
    del older["shadow"]

    assert load_alias(written) == alias(Shadow(0.5, 7))
    assert load_alias(json.dumps(older)) == alias()


def test_a_share_is_from_0_to_1_and_a_version_a_number() -> None:
    assert list(check_shadow(Shadow(1, 1))) == []
    assert list(check_shadow(Shadow(1.5, 0))) == [
        Violation(("shadow",), "maximum", 1, 1.5),
        Violation(("shadow_version",), "minimum", 1, 0),
    ]
