"""Which secrets are valid, and that no error shows a value."""

from typing import Any

import pytest

from isolambda_core.domain.errors import InvalidDocumentError
from isolambda_core.domain.limits import SECRET_BYTES, SECRET_HOSTS, SECRET_OVERLAP_S
from isolambda_core.domain.secrets.documents import SecretInput

VALUE = "correct horse battery"
GOOD: dict[str, Any] = {"value": VALUE, "hosts": ["api.example.com"]}


def broken(document: dict[str, Any], name: str = "KEY") -> list[tuple[str, str]]:
    with pytest.raises(InvalidDocumentError) as caught:
        SecretInput.parse(name, document)
    assert VALUE not in f"{caught.value} {caught.value.violations}"
    return [(".".join(found.path), found.rule) for found in caught.value.violations]


def test_a_secret_has_a_value_and_hosts_and_the_rest_by_default() -> None:
    assert SecretInput.parse("KEY", GOOD) == SecretInput(
        VALUE, ("api.example.com",), sign=False, overlap_s=SECRET_OVERLAP_S
    )


@pytest.mark.parametrize("name", ["A", "STRIPE_KEY", "K9_", "A" * 64])
def test_a_name_is_one_of_a_constant(name: str) -> None:
    assert SecretInput.parse(name, GOOD).value == VALUE


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a",
        "stripe_key",
        "9KEY",
        "_KEY",
        "KEY-1",
        "KEY.A",
        "K" * 65,
        "KEY\n",
        "É",
        "__proto__",
        "KEY#",
    ],
)
def test_any_other_name_is_refused(name: str) -> None:
    assert broken(GOOD, name) == [("name", "pattern")]


@pytest.mark.parametrize(
    "value",
    [
        "12345678",
        "x" * SECRET_BYTES,
        "é" * (SECRET_BYTES // 2),
        "a b  c d e",
        "\\d+(.*)$",
        '{"a":"b"}',
    ],
)
def test_a_value_is_any_text_of_8_characters_to_4_kibibytes(value: str) -> None:
    assert SecretInput.parse("KEY", {**GOOD, "value": value}).value == value


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        (None, "type"),
        (12345678, "type"),
        ([VALUE], "type"),
        ({"is": VALUE}, "type"),
        ("1234567", "minLength"),
        ("x" * (SECRET_BYTES + 1), "error"),
        (VALUE * 300, "error"),
        ("é" * (SECRET_BYTES // 2 + 1), "error"),
        (f"{VALUE}\n", "error"),
        (f" {VALUE}", "error"),
        (f"{VALUE}\r\nX-Evil: 1", "error"),
        (f"{VALUE}\0", "error"),
        (f"{VALUE}\x7f{VALUE}", "error"),
        (f"{VALUE}\x85{VALUE}", "error"),
        (f"{VALUE}\ud800", "error"),
        (" " * 9, "error"),
    ],
)
def test_any_other_value_is_refused_and_not_shown(value: object, rule: str) -> None:
    assert broken({**GOOD, "value": value}) == [("value", rule)]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"hosts": []}, [("hosts", "error")]),
        ({"hosts": ["*"]}, [("hosts.0", "error")]),
        ({"hosts": ["https://api.example.com"]}, [("hosts.0", "error")]),
        ({"hosts": "api.example.com"}, [("hosts", "type")]),
        ({"hosts": [1]}, [("hosts.0", "type")]),
        ({"hosts": ["a.example.com"] * (SECRET_HOSTS + 1)}, [("hosts", "maxItems")]),
        ({"sign": True}, [("hosts", "error")]),
        ({"sign": "yes"}, [("sign", "type")]),
        ({"overlap_s": -1}, [("overlap_s", "minimum")]),
        ({"overlap_s": SECRET_OVERLAP_S + 1}, [("overlap_s", "maximum")]),
        ({"overlap_s": 1.5}, [("overlap_s", "type")]),
        ({"Value": VALUE}, [("Value", "additionalProperties")]),
        ({"name": "KEY"}, [("name", "additionalProperties")]),
    ],
)
def test_what_else_is_wrong(changed: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert broken({**GOOD, **changed}) == expected


def test_a_value_is_required() -> None:
    assert broken({"hosts": ["api.example.com"]}) == [("value", "required")]


def test_a_key_that_signs_has_no_hosts() -> None:
    assert SecretInput.parse("KEY", {"value": VALUE, "sign": True}).hosts == ()


def test_whole_numbers_may_have_a_point() -> None:
    assert SecretInput.parse("KEY", {**GOOD, "overlap_s": 60.0}).overlap_s == 60


def test_no_value_is_in_the_text_of_what_was_sent() -> None:
    assert VALUE not in repr(SecretInput.parse("KEY", GOOD))
