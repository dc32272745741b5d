"""A ratio beyond its bound is a bound that is missed."""

import pytest

from tests.bench.beside_bare import BOUNDS, CONNECTIONS, Bounds, Figures
from tests.support.frequent_requests import NAMES

BARE = Figures(p50=2.0, whole=4.0, server=5.0, rate=10.0)
OURS = Figures(p50=3.0, whole=8.0, server=5.0, rate=8.0)
RATIOS = Figures(p50=1.5, whole=2.0, server=1.0, rate=0.8)


def test_ratios_are_ours_over_the_other() -> None:
    assert OURS.beside(BARE) == RATIOS


@pytest.mark.parametrize("bounds", [Bounds(1.5), Bounds(1.5, 2.0, 1.0, 0.8)])
def test_ratios_at_their_bounds_meet_them(bounds: Bounds) -> None:
    assert bounds.are_met(RATIOS)


@pytest.mark.parametrize(
    "bounds",
    [
        Bounds(1.4, 2.0, 1.0, 0.8),
        Bounds(1.5, 1.9, 1.0, 0.8),
        Bounds(1.5, 2.0, 0.9, 0.8),
        Bounds(1.5, 2.0, 1.0, 0.9),
    ],
    ids=["p50", "whole", "server", "rate"],
)
def test_each_ratio_may_miss_its_bound(bounds: Bounds) -> None:
    assert not bounds.are_met(RATIOS)


def test_each_request_has_a_bound_on_each_number_of_connections() -> None:
    assert {(name, connections) for name in NAMES for connections in CONNECTIONS} == BOUNDS.keys()
