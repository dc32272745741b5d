"""``isolambda audit``: what was changed in the account, and who changed it."""

import json
from typing import Any

import pytest

from tests.unit.cli.fake_api import FakeApi, data
from tests.unit.cli.installations import isolambda

ID, KEY, FUNCTION = "1" * 32, "c" * 32, "f" * 32


def entry(**fields: Any) -> dict[str, Any]:
    known = {
        "id": ID,
        "when_ms": 1_710_253_474_123,
        "who": {"key_id": KEY, "account_id": "a" * 32, "address": "192.0.2.7"},
        "account_id": "a" * 32,
        "what": "version.created",
        "target": {"type": "version", "id": "7", "function_id": FUNCTION},
        "before": None,
        "after": {"description": "\x1b[2J"},
        "correlation_id": None,
    }
    return {**known, **fields}


@pytest.fixture
def listed(fake: FakeApi) -> None:
    found = [entry(), entry(who={"operator": "ada\x1b[2J"}), entry(who={"platform": True})]
    fake.handlers |= {"GET audit": data(found, page_size=3, start_key="")}


@pytest.mark.usefixtures("listed")
def test_each_change_is_a_line_without_what_steers_a_terminal() -> None:
    result = isolambda("audit")

    lines = [line.split("\t") for line in result.stdout.splitlines()]
    assert lines[0] == [
        "2024-03-12T14:24:34.123Z", KEY, "192.0.2.7", "version.created", "7", FUNCTION
    ]  # fmt: skip
    assert [line[1] for line in lines[1:]] == [r"'ada\x1b[2J'", "the platform"]


@pytest.mark.usefixtures("listed")
def test_as_json_each_is_a_line_with_what_it_was_before_and_after() -> None:
    lines = isolambda("audit", "--json", "--number", "2").stdout.splitlines()

    assert [json.loads(line)["after"] for line in lines] == [{"description": "\x1b[2J"}] * 2
    assert "\x1b" not in "".join(lines)


@pytest.mark.usefixtures("listed")
def test_options_are_what_the_api_is_asked_for(fake: FakeApi) -> None:
    isolambda("audit", "--target", FUNCTION, "--key", KEY, "--from", "2024-03-12")

    assert fake.asked[-1].startswith("GET audit")


def test_an_entry_that_is_none_is_an_error(fake: FakeApi) -> None:
    fake.handlers |= {"GET audit": data([{"id": ID}], page_size=1, start_key="")}

    result = isolambda("audit")

    assert result.exit_code == 1
    assert "without a data[0].when_ms" in result.stderr
