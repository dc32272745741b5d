"""Two processes beside one meet their bound by the median of the rounds."""

import pytest

from tests.bench.processes import BOUND, row


@pytest.mark.parametrize(("two", "met"), [(BOUND * 100, True), (BOUND * 100 - 1, False)])
def test_the_median_of_the_ratios_has_the_bound(two: float, met: bool) -> None:
    rates = [[100.0, 1.0], [100.0, two], [1.0, 1_000.0]]

    assert row("ours", rates, BOUND).met is met


def test_what_has_no_bound_is_only_shown() -> None:
    shown = row("bare", [[1_000.0, 1_500.0]], None)

    assert shown.met is None
    assert shown.cells[:4] == ("bare", "1,000/s", "1,500/s", "1.50")
