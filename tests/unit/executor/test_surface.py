"""The probe sees which part of the surface of ECMA-429 an isolate has."""

from collections.abc import Mapping

import pytest

from infra.surface.probe import Entry, probe, read_surface
from isolambda_core.domain.functions.functions import FEATURES
from isolambda_executor.supervisor import Supervisor


def by_name(entries: tuple[Entry, ...]) -> Mapping[str, Entry]:
    return {entry.name: entry for entry in entries}


@pytest.fixture(scope="module")
def without(shared: Supervisor) -> Mapping[str, Entry]:
    return by_name(probe(shared))


@pytest.fixture(scope="module")
def everything(shared: Supervisor) -> Mapping[str, Entry]:
    return by_name(probe(shared, FEATURES))


def test_the_list_is_that_of_the_standard(without: Mapping[str, Entry]) -> None:
    surface = read_surface()

    assert len(surface["interfaces"]) == 53
    assert len(surface["globals"]) == 25
    assert without.keys() == surface["interfaces"].keys() | surface["globals"].keys()


def test_what_is_there_is_seen(without: Mapping[str, Entry]) -> None:
    for name in ("globalThis", "console", "setTimeout"):
        assert without[name].is_there, without[name].missing
    assert without["console"].members == 20


def test_a_feature_adds_its_entries(
    without: Mapping[str, Entry], everything: Mapping[str, Entry]
) -> None:
    memory = "WebAssembly.Memory"

    assert without[memory].missing == ("interface", "grow", "buffer")
    assert everything[memory].is_there
    assert everything["WebAssembly.CompileError"].is_there


@pytest.mark.parametrize(
    ("made", "missing"),
    [
        ("", {"interface", "abort", "signal"}),
        ("globalThis.AbortController = class Other {};", {"interface", "abort", "signal"}),
        ("globalThis.AbortController = class AbortController { abort() {} };", {"signal"}),
        ("globalThis.AbortController = class AbortController { abort = 1; signal = 2; };",
         {"abort", "signal"}),
        ("globalThis.AbortController = class AbortController { abort() {} get signal() {} };",
         set()),
    ],
)  # fmt: skip
def test_what_is_missing_is_seen(shared: Supervisor, made: str, missing: set[str]) -> None:
    # Isolates may have one of their own by now.
    entries = by_name(probe(shared, before=f"delete globalThis.AbortController; {made}"))

    assert set(entries["AbortController"].missing) == missing
