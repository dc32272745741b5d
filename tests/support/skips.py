"""What a run of pytest left out, and why, for the last lines of ``make test``: a plugin."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

_OPTION = "--skips"
_SKIPPED = "Skipped: "


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the file that is to have what is skipped."""
    parser.addoption(_OPTION, metavar="FILE", help="add what is skipped to this file, and why")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Add what was skipped to the file."""
    config = terminalreporter.config
    file = config.getoption(_OPTION)
    # A process of xdist comes by here too, with its part of what the first process has in whole.
    if file is not None and not hasattr(config, "workerinput"):
        reasons = reasons_of(terminalreporter.stats.get("skipped", ()))
        with Path(file).open("a", encoding="utf-8") as lines:
            lines.writelines(f"{reason}\n" for reason in reasons)


def reasons_of(skipped: Iterable[pytest.TestReport]) -> list[str]:
    """Return each reason with how many tests were skipped for it, in the order of the reasons."""
    counted = Counter(_reason_of(report) for report in skipped)
    return [
        f"{reason} ({count} test{'' if count == 1 else 's'})"
        for reason, count in sorted(counted.items())
    ]


def _reason_of(report: pytest.TestReport) -> str:
    where = report.longrepr
    reason = where[2] if isinstance(where, tuple) else str(where)
    return reason.removeprefix(_SKIPPED)
