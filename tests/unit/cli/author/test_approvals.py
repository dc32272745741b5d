"""``isolambda approvals``: what waits for a person, and what the person decides."""

import json
from typing import Any

import pytest

from tests.unit.cli.fake_api import FakeApi, data, refusal
from tests.unit.cli.installations import isolambda

ID, OTHER, KEY = "1" * 32, "2" * 32, "c" * 32


def approval(**fields: Any) -> dict[str, Any]:
    known = {
        "id": ID,
        "status": "waiting",
        "tool": "pay",
        "function_id": "f" * 32,
        "key_id": KEY,
        "arguments": {"to": "Ada\x1b[2J"},
        "asked": 63877472674,
        "expires": 63877559074,
    }
    return {**known, **fields}


@pytest.fixture
def listed(fake: FakeApi) -> None:
    found = [approval(), approval(id=OTHER, status="used")]
    fake.handlers |= {"GET approvals": data(found, page_size=2, start_key="")}


@pytest.mark.usefixtures("listed")
def test_the_calls_that_wait_are_listed() -> None:
    result = isolambda("approvals", "list")

    times = "2024-03-12T14:24:34Z\t2024-03-13T14:24:34Z"
    assert result.stdout == f"{ID}\twaiting\tpay\t{KEY}\t{times}\n"


@pytest.mark.usefixtures("listed")
def test_all_calls_of_the_day_are_listed_if_they_are_asked_for() -> None:
    lines = isolambda("approvals", "list", "--all").stdout.splitlines()

    assert [line.split("\t")[1] for line in lines] == ["waiting", "used"]


def test_a_call_is_shown_with_all_its_arguments(fake: FakeApi) -> None:
    fake.handlers |= {f"GET approvals/{ID}": data(approval())}

    result = isolambda("approvals", "show", ID)

    assert json.loads(result.stdout)["arguments"] == {"to": "Ada\x1b[2J"}
    assert "\x1b" not in result.stdout


@pytest.mark.parametrize(("verb", "status"), [("approve", "approved"), ("deny", "denied")])
def test_a_decision_is_sent_and_what_came_of_it_is_shown(
    fake: FakeApi, verb: str, status: str
) -> None:
    fake.handlers |= {f"POST approvals/{ID}/{verb}": data(approval(status=status))}

    result = isolambda("approvals", verb, ID)

    assert (result.exit_code, fake.asked[-1]) == (0, f"POST approvals/{ID}/{verb}")
    assert f"status       {status}" in result.stdout


def test_a_call_that_was_executed_already_is_an_error(fake: FakeApi) -> None:
    said = {"message": "the call was executed already"}
    fake.handlers |= {f"POST approvals/{ID}/approve": refusal(409, said, "approval_used")}

    result = isolambda("approvals", "approve", ID)

    assert result.exit_code != 0
    assert "the call was executed already" in result.stderr
