"""Two processes beside one meet their bound by the median of the rounds."""

import pytest

from tests.bench.beside_bare import Figures
from tests.bench.processes import BOUND, HEADINGS, row


def figures(rate: float, processor_s: float = 1e-3) -> Figures:
    return Figures(p50=1.0, whole=processor_s, server=processor_s, rate=rate)


@pytest.mark.parametrize(("two", "met"), [(BOUND * 100, True), (BOUND * 100 - 1, False)])
def test_the_median_of_the_ratios_has_the_bound(two: float, met: bool) -> None:
    rounds = [
        [figures(100), figures(1)],
        [figures(100), figures(two)],
        [figures(1), figures(1_000)],
    ]

    assert row("ours", rounds, BOUND).met is met


def test_what_has_no_bound_is_only_shown() -> None:
    shown = row("bare", [[figures(1_000, 2e-3), figures(1_500, 3e-3)]], None)

    assert shown.met is None
    assert dict(zip(HEADINGS[:5], shown.cells[:5], strict=True)) == {
        "server": "bare",
        "one process": "1,000/s",
        "two": "1,500/s",
        "ratio": "1.50",
        "bound": "",
    }
    assert shown.cells[5:] == ("2.00 ms", "3.00 ms", "1.50", "")
