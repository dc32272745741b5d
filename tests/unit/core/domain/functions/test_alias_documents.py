"""Which rules of an alias a document breaks, and in which order."""

import pytest

from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import Violation
from isolambda_core.domain.functions.alias_documents import check_alias, check_form
from isolambda_core.domain.functions.aliases import NAME_PATTERN, Target
from isolambda_core.domain.functions.versions import NUMBER_MAX
from isolambda_core.domain.limits import VERSION_DESCRIPTION_CHARACTERS

TOO_LONG = "x" * (VERSION_DESCRIPTION_CHARACTERS + 1)


@pytest.mark.parametrize(
    ("document", "violations"),
    [
        (
            {"version": "1", "weight": 1, "description": None, "alias": "live"},
            [
                Violation(("weight",), "additionalProperties", None, "weight"),
                Violation(("alias",), "additionalProperties", None, "alias"),
                Violation(("name",), "required", None, "name"),
                Violation(("description",), "type", "string", None),
                Violation(("version",), "type", "integer", "1"),
            ],
        ),
        (
            {},
            [
                Violation(("name",), "required", None, "name"),
                Violation(("version",), "required", None, "version"),
            ],
        ),
        (
            {
                "additional_version_weight": None,
                "additional_version": True,
                "version": None,
                "name": 1,
            },
            [
                Violation(("name",), "type", "string", 1),
                Violation(("version",), "type", "integer", None),
                Violation(("additional_version",), "type", "integer", True),
                Violation(("additional_version_weight",), "type", "number", None),
            ],
        ),
        ({"name": "live", "version": 1, "additional_version": None}, []),
        ({"name": "1", "version": 0, "additional_version_weight": 2}, []),
    ],
    ids=["unknown, missing, types", "empty", "types", "good", "values are another matter"],
)
def test_the_form_of_a_document_is_unknown_then_missing_keys_then_types(
    document: Document, violations: list[Violation]
) -> None:
    assert list(check_form(document)) == violations


@pytest.mark.parametrize(
    ("name", "target", "description", "violations"),
    [
        (
            "1",
            Target(0, NUMBER_MAX + 1, 1.5),
            TOO_LONG,
            [
                Violation(("name",), "pattern", NAME_PATTERN, "1"),
                Violation(("version",), "minimum", 1, 0),
                Violation(("additional_version_weight",), "maximum", 1, 1.5),
                Violation(("additional_version",), "maximum", NUMBER_MAX, NUMBER_MAX + 1),
                Violation(("description",), "maxLength", len(TOO_LONG) - 1, TOO_LONG),
            ],
        ),
        (
            "live",
            Target(1, None, 0.5),
            "",
            [
                Violation(
                    ("additional_version_weight",),
                    "error",
                    None,
                    0.5,
                    "A weight needs an additional version",
                )
            ],
        ),
        (
            "live",
            Target(2, 2),
            "",
            [
                Violation(
                    ("additional_version",),
                    "error",
                    None,
                    2,
                    "The additional version must be another than the version",
                )
            ],
        ),
        ("live", Target(NUMBER_MAX, 1, 1.0), TOO_LONG[:-1], []),
    ],
    ids=["all", "a weight of nothing", "the same version twice", "good"],
)
def test_all_values_that_break_a_rule_are_named(
    name: str, target: Target, description: str, violations: list[Violation]
) -> None:
    assert list(check_alias(name, target, description)) == violations
