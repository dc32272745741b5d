"""The probe sees which part of the surface of ECMA-429 an isolate has."""

from collections.abc import Mapping

import pytest

from infra.surface.page import PAGE, page_with, tables_of
from infra.surface.probe import Entry, Found, probe, probe_all, read_surface
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


def test_the_page_says_what_the_probe_finds(shared: Supervisor) -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert page_with(tables_of(probe_all(shared)), page) == page, (
        "write it: python -m infra.surface --write"
    )


def test_a_member_that_is_missing_is_on_the_page_with_its_reason() -> None:
    found = (
        Entry("AbortSignal", 9, ("any",)),
        Entry("WebAssembly.compileStreaming", 1, ("global",)),
    )

    tables = tables_of(Found(found, found, (Entry("FileReader", 2, ()),)))

    assert "| `FileReader` | yes | |" in tables["Beside the standard"]
    assert "| `AbortSignal` | 8 of 9 | `any`: not yet |" in tables["Interfaces"]
    assert "compileStreaming` | no | not yet" in tables["Globals"]


def test_a_page_without_a_table_is_refused() -> None:
    with pytest.raises(ValueError, match="no table below Globals"):
        page_with({"Globals": "| new |\n"}, "\n## Globals\n\n## Other\n| old |\n")
