"""``make probe``: print how much of ECMA-429 an isolate has, and what is missing."""

import sys
from collections.abc import Sequence

from infra.surface.probe import Entry, probe_all
from isolambda_core.domain.functions.functions import FEATURES
from isolambda_executor.supervisor import Supervisor


def _line(entries: Sequence[Entry], what: str) -> str:
    there = sum(entry.is_there for entry in entries)
    present, members = sum(e.present for e in entries), sum(e.members for e in entries)
    return f"{what}: {there} of {len(entries)} entries, {present} of {members} members\n"


def main() -> None:
    """Probe, and print."""
    with Supervisor() as supervisor:
        without, everything = probe_all(supervisor)
    sys.stdout.write(_line(without, "without features"))
    sys.stdout.write(_line(everything, f"with {', '.join(FEATURES)}"))
    for entry in everything:
        if entry.missing:
            sys.stdout.write(f"{entry.name} lacks {', '.join(entry.missing)}\n")


if __name__ == "__main__":
    main()
