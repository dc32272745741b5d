"""``make probe``: print how much of ECMA-429 an isolate has, and what is missing.

With ``--write`` also write the tables of infra/docs/runtime.md, and ``isolambda.d.ts``.
"""

import argparse
import sys
from collections.abc import Sequence

from infra.surface.page import PAGE, page_with, tables_of
from infra.surface.probe import Entry, probe_all
from infra.surface.types import DECLARATIONS, declarations_of
from isolambda_core.domain.functions.functions import FEATURES
from isolambda_executor.supervisor import Supervisor


def _line(entries: Sequence[Entry], what: str) -> str:
    there = sum(entry.is_there for entry in entries)
    present, members = sum(e.present for e in entries), sum(e.members for e in entries)
    return f"{what}: {there} of {len(entries)} entries, {present} of {members} members\n"


def main() -> None:
    """Probe, print, and write if asked to."""
    parser = argparse.ArgumentParser(prog="python -m infra.surface", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the page and the types")
    asked = parser.parse_args()
    with Supervisor() as supervisor:
        found = probe_all(supervisor)
    sys.stdout.write(_line(found.without, "without features"))
    sys.stdout.write(_line(found.everything, f"with {', '.join(FEATURES)}"))
    for entry in found.everything:
        if entry.missing:
            sys.stdout.write(f"{entry.name} lacks {', '.join(entry.missing)}\n")
    if asked.write:
        text = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(page_with(tables_of(found), text), encoding="utf-8")
        DECLARATIONS.write_text(declarations_of(found.everything + found.beside), encoding="utf-8")


if __name__ == "__main__":
    main()
