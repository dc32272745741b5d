"""What an alias remembers of moves against its contract."""

from isolambda_core.domain.functions.aliases import Alias, Contract, Target
from isolambda_core.domain.limits import FORCED_REASONS

KEY = "c" * 32
ALIAS = Alias("a" * 32, "f" * 32, "live", Target(1), "", 0, 0, contract=Contract.ENFORCED)


def test_the_reasons_of_the_last_forced_moves_are_remembered() -> None:
    alias = ALIAS
    for number in range(FORCED_REASONS + 2):
        alias = alias.moved(Target(number + 2), "", KEY, number, reason=f"because of {number}")
        alias = alias.moved(Target(1), "", KEY, number)

    reasons = [move.reason for move in alias.moves if move.reason is not None]

    assert reasons[0] == f"because of {FORCED_REASONS + 1}"
    assert reasons[FORCED_REASONS - 1] == "because of 2"
    assert reasons[FORCED_REASONS:] == ["", ""]


def test_a_contract_that_was_forced_on_is_no_step_to_go_back_from() -> None:
    moved = ALIAS.moved(Target(2), "", KEY, 1)

    forced = moved.moved(Target(2), "", KEY, 2, Contract.ENFORCED, "as agreed")

    assert forced.moves[0].reason == "as agreed"
    assert forced.previous == Target(1)


def test_a_contract_stays_until_it_is_changed() -> None:
    assert ALIAS.moved(Target(2), "", KEY, 1).contract is Contract.ENFORCED
    assert ALIAS.moved(Target(2), "", KEY, 1, Contract.OFF).contract is Contract.OFF
    assert ALIAS.rolled_back(Target(2), KEY, 1).contract is Contract.ENFORCED
