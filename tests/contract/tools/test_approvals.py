"""The contract of ``ApprovalRepository``."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest

from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.errors import QuotaExceededError
from isolambda_core.domain.accounts.quotas import RULES, Quota
from isolambda_core.domain.errors import RevisionConflictError
from isolambda_core.domain.executions.errors import ApprovalNotFoundError
from isolambda_core.domain.limits import APPROVAL_S
from isolambda_core.domain.tools.approvals import Approval, ApprovalStatus
from isolambda_core.ports.approvals import ApprovalRepository
from tests.support.stores import Store

Make = Callable[..., Approval]

ACCOUNT, OTHER_ACCOUNT = "a" * 32, "b" * 32
KEY, OTHER_KEY, APPROVER = "1" * 32, "2" * 32, "3" * 32
EXECUTION = "e" * 32
NOW = 1_800_000_000
LATER = NOW + APPROVAL_S


@pytest.fixture
def approvals(store: Store) -> ApprovalRepository:
    return store.approvals


@pytest.fixture
def an_approval() -> Make:
    """Return a maker of approvals: ``number`` is the id, other keywords are fields."""

    def make(number: int = 1, **fields: Any) -> Approval:
        known = {
            "account_id": ACCOUNT,
            "key_id": KEY,
            "function_id": "f" * 32,
            "tool": "pay",
            "arguments": '{"to":"\\ud800"}',
            "asked_at": NOW,
            "expires_at": LATER,
        }
        return Approval(id=f"{number:032x}", **{**known, **fields})

    return make


def ids(approvals: ApprovalRepository, *after: str, **options: Any) -> list[int]:
    found = approvals.iterate(ACCOUNT, NOW, *after, **{"at_once": 2, **options})
    return [int(approval.id, 16) for approval in found]


def of_many(call: Callable[[int], Any], count: int) -> list[Any]:
    """Call with each number in a thread, all at once, and return what comes of each."""
    start = Barrier(count)

    def at_once(number: int) -> Any:
        start.wait()
        try:
            return call(number)
        except (RevisionConflictError, QuotaExceededError) as error:
            return error

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(at_once, range(count)))


def test_an_approval_comes_back_as_it_was_added(
    approvals: ApprovalRepository, an_approval: Make
) -> None:
    approval = an_approval()

    assert approvals.add(approval, NOW) == approval
    assert approvals.get(ACCOUNT, approval.id, NOW) == approval


def test_who_asks_again_for_the_same_call_gets_the_approval_that_is_there(
    approvals: ApprovalRepository, an_approval: Make
) -> None:
    first = an_approval(1)
    approvals.add(first, NOW)

    assert approvals.add(an_approval(2, asked_at=NOW + 1), NOW + 1) == first
    denied = first.decided(ApprovalStatus.DENIED, NOW, APPROVER)
    approvals.replace(denied, first)
    assert approvals.add(an_approval(3), NOW) == denied
    assert ids(approvals) == [1]


@pytest.mark.parametrize(
    "other",
    [
        {"account_id": OTHER_ACCOUNT},
        {"key_id": OTHER_KEY},
        {"function_id": "0" * 32},
        {"tool": "repay"},
        {"arguments": '{"to":"b"}'},
    ],
    ids=lambda other: next(iter(other)),
)
def test_any_other_call_has_an_approval_of_its_own(
    approvals: ApprovalRepository, an_approval: Make, other: dict[str, str]
) -> None:
    approvals.add(an_approval(1), NOW)
    different = an_approval(2, **other)

    assert approvals.add(different, NOW) == different


def test_an_approval_that_is_used_is_kept_and_the_same_call_needs_a_new_one(
    approvals: ApprovalRepository, an_approval: Make
) -> None:
    first = an_approval(1)
    approvals.add(first, NOW)
    approved = first.decided(ApprovalStatus.APPROVED, NOW, APPROVER)
    approvals.replace(approved, first)
    used = approved.used(EXECUTION)
    approvals.replace(used, approved)

    second = an_approval(2)
    assert approvals.add(second, NOW) == second
    assert approvals.get(ACCOUNT, first.id, NOW) == used
    third = second.decided(ApprovalStatus.APPROVED, NOW, APPROVER)
    approvals.replace(third, second)
    approvals.replace(third.used(EXECUTION), third)
    assert approvals.add(an_approval(3), NOW) == an_approval(3)
    assert ids(approvals) == [3, 2, 1]


def test_an_approval_is_replaced_only_as_it_was_read(
    approvals: ApprovalRepository, an_approval: Make
) -> None:
    first = an_approval()
    with pytest.raises(RevisionConflictError):
        approvals.replace(first.decided(ApprovalStatus.APPROVED, NOW, APPROVER), first)
    approvals.add(first, NOW)
    denied = first.decided(ApprovalStatus.DENIED, NOW, APPROVER)
    approvals.replace(denied, first)

    with pytest.raises(RevisionConflictError):
        approvals.replace(first.decided(ApprovalStatus.APPROVED, NOW, APPROVER), first)

    assert approvals.get(ACCOUNT, first.id, NOW) == denied


def test_of_many_who_use_an_approval_at_once_one_does(
    approvals: ApprovalRepository, an_approval: Make
) -> None:
    first = an_approval()
    approvals.add(first, NOW)
    approved = first.decided(ApprovalStatus.APPROVED, NOW, APPROVER)
    approvals.replace(approved, first)

    came = of_many(lambda number: approvals.replace(approved.used(f"{number:032x}"), approved), 8)

    assert len([each for each in came if each is None]) == 1
    assert approvals.get(ACCOUNT, first.id, NOW).status is ApprovalStatus.USED


def test_many_who_ask_for_the_same_call_at_once_get_one_approval(
    approvals: ApprovalRepository, an_approval: Make
) -> None:
    came = of_many(lambda number: approvals.add(an_approval(number), NOW), 8)

    assert len(set(came)) == 1
    assert ids(approvals) == [int(came[0].id, 16)]


def test_what_has_expired_is_not_there_and_the_same_call_is_asked_for_anew(
    approvals: ApprovalRepository, an_approval: Make
) -> None:
    first = an_approval(1)
    approvals.add(first, NOW)
    approvals.replace(first.decided(ApprovalStatus.APPROVED, NOW, APPROVER), first)

    assert approvals.get(ACCOUNT, first.id, LATER - 1).status is ApprovalStatus.APPROVED
    with pytest.raises(ApprovalNotFoundError):
        approvals.get(ACCOUNT, first.id, LATER)
    assert list(approvals.iterate(ACCOUNT, LATER, at_once=2)) == []
    second = an_approval(2, asked_at=LATER, expires_at=LATER + APPROVAL_S)
    assert approvals.add(second, LATER) == second


def test_they_are_walked_in_the_order_of_their_ids(
    approvals: ApprovalRepository, an_approval: Make
) -> None:
    for number in (3, 1, 2):
        approvals.add(an_approval(number, tool=f"tool_{number}"), NOW)
    approvals.add(an_approval(4, account_id=OTHER_ACCOUNT), NOW)

    assert ids(approvals) == [3, 2, 1]
    assert ids(approvals, descending=False) == [1, 2, 3]
    assert ids(approvals, f"{2:032x}") == [1]
    assert ids(approvals, f"{2:032x}", descending=False) == [3]


def test_those_of_an_account_go_together(approvals: ApprovalRepository, an_approval: Make) -> None:
    for number in range(25):
        approvals.add(an_approval(number, tool=f"tool_{number}"), NOW)
    other = an_approval(99, account_id=OTHER_ACCOUNT)
    approvals.add(other, NOW)

    approvals.remove_all(ACCOUNT)

    assert ids(approvals) == []
    assert approvals.get(OTHER_ACCOUNT, other.id, NOW) == other
    again = an_approval(100, tool="tool_1")
    assert approvals.add(again, NOW) == again


def test_a_tenant_has_as_many_as_the_quota_allows_until_they_expire(
    store: Store,
    an_approval: Make,
    an_account: Callable[..., Account],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    top = an_account(1)
    below = an_account(2, parent=top)
    store.accounts.add(top)
    store.accounts.add(below)
    rule = replace(RULES[Quota.APPROVALS], limit=3)
    monkeypatch.setitem(RULES, Quota.APPROVALS, rule)
    made = [
        an_approval(number, account_id=(top, below)[number % 2].id, tool=f"tool_{number}")
        for number in range(12)
    ]

    came = of_many(lambda number: store.approvals.add(made[number], NOW), 8)

    assert len([each for each in came if isinstance(each, Approval)]) == 3
    [error] = {str(each) for each in came if isinstance(each, QuotaExceededError)}
    assert error == "there are 3 approvals of the tenant that have not expired; the limit is 3"
    assert store.usage.used(top.id, NOW)[Quota.APPROVALS] == 3
    # DynamoDB counts what has expired for up to an hour longer.
    expired = LATER + 3_600
    assert store.usage.used(top.id, expired)[Quota.APPROVALS] == 0
    late = replace(made[9], asked_at=expired, expires_at=expired + APPROVAL_S)
    assert store.approvals.add(late, expired) == late
    store.approvals.remove_all(top.id)
    store.approvals.remove_all(below.id)
    assert store.usage.used(top.id, expired)[Quota.APPROVALS] == 0
