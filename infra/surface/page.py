"""Write the tables of infra/docs/runtime.md from what the probe found."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from infra.surface.probe import Entry, Found, read_surface

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "infra/docs/runtime.md"

_REASONS: Final = Path(__file__).with_name("reasons.json")
_SUMS: Final = ROOT / "tests/wpt/sums.json"
_NOT_YET: Final = "not yet"
_TABLE: Final = r"(\n## {}\n(?:(?!\||## ).*\n)*)(?:\|.*\n)+"


def page_with(tables: Mapping[str, str], page: str) -> str:
    """Return a page with the first table below each of these headings replaced.

    Raises:
        ValueError: a heading, or its table, is not on the page.
    """
    for heading, table in tables.items():
        found = re.search(_TABLE.format(re.escape(heading)), page)
        if found is None:
            raise ValueError(f"no table below {heading}")
        page = page[: found.start()] + found[1] + table + page[found.end() :]
    return page


def tables_of(found: Found) -> dict[str, str]:
    """Return each table by its heading."""
    reasons = json.loads(_REASONS.read_text(encoding="utf-8"))
    pairs = list(zip(found.without, found.everything, strict=True))
    interfaces = read_surface()["interfaces"]

    def rows(*, are_interfaces: bool) -> Iterable[tuple[str, ...]]:
        for plain, full in pairs:
            if (plain.name in interfaces) is are_interfaces:
                yield f"`{full.name}`", _there(plain, full), _why(full, reasons)

    return {
        "What is there": _table(
            ("in a function", "of 78 entries", "members"),
            [
                ("without features", *_counts(found.without)),
                ("with all features", *_counts(found.everything)),
            ],
        ),
        "Interfaces": _table(("interface", "there", "missing"), rows(are_interfaces=True)),
        "Globals": _table(("global", "there", "missing"), rows(are_interfaces=False)),
        "Beside the standard": _table(
            ("name", "there", "missing"),
            ((f"`{each.name}`", _there(each, each), _why(each, reasons)) for each in found.beside),
        ),
        "Web-platform-tests": _table(("area", "pass", "of"), _areas()),
    }


def _counts(entries: Sequence[Entry]) -> tuple[str, str]:
    present, members = sum(e.present for e in entries), sum(e.members for e in entries)
    return str(sum(entry.is_there for entry in entries)), f"{present} of {members}"


def _there(plain: Entry, full: Entry) -> str:
    needs = " with the feature `webassembly`" if full.present > plain.present else ""
    if full.is_there:
        return f"yes{needs}"
    return f"{full.present} of {full.members}{needs}" if full.present else "no"


def _why(entry: Entry, reasons: Mapping[str, str]) -> str:
    """Return what is missing by reason; the names only where something is there."""
    by_reason: dict[str, list[str]] = {}
    for member in entry.missing:
        of_entry = reasons.get(entry.name, _NOT_YET)
        reason = reasons.get(f"{entry.name}.{member}", of_entry)
        by_reason.setdefault(reason, []).append(f"`{member}`")
    if not entry.present:
        return "; ".join(by_reason)
    return "; ".join(f"{', '.join(names)}: {reason}" for reason, names in by_reason.items())


def _areas() -> Iterable[tuple[str, ...]]:
    sums = json.loads(_SUMS.read_text(encoding="utf-8"))
    for area, counted in sums.items():
        yield f"`{area}`", _spaced(counted["passed"]), _spaced(counted["run"])
    passed, run = (sum(each[key] for each in sums.values()) for key in ("passed", "run"))
    yield "all", _spaced(passed), _spaced(run)


def _spaced(number: int) -> str:
    return f"{number:,}".replace(",", " ")


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n".replace("|  |", "| |") for line in lines).replace(
        "| --- | --- | --- |", "|---|---|---|"
    )
