"""Print the age of the pinned V8, and warn when a newer release has been there for too long.

Arguments: uv, and the lock that pins mini-racer, which brings V8. Asks the package index that uv
asks. It only informs: a release that appears, or an index that is away, breaks no check.
"""

import re
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

PACKAGE = "mini-racer"
OLD_DAYS = 30
_BEFORE_ALL = "2000-01-01"


def main(uv: str, lock: str) -> None:
    """Print one line for the lock."""
    text = Path(lock).read_text(encoding="utf-8")
    [pinned] = re.findall(rf"^{PACKAGE}==([^ ;\\]+)", text, re.MULTILINE)
    # uv prints the date of a release when it must exclude that release.
    refusal = _resolve(uv, f"{PACKAGE}=={pinned}", "--exclude-newer", _BEFORE_ALL)
    published = re.search(r"published at\s+(\d{4}-\d\d-\d\d)", refusal)
    newest = re.search(rf"^{PACKAGE}==(\S+)", _resolve(uv, PACKAGE), re.MULTILINE)
    if published is None or newest is None:
        line = f"V8 of {PACKAGE} {pinned}: its age is not known, the package index does not tell"
    else:
        line = line_for(pinned, newest[1], _days_since(published[1]))
    sys.stdout.write(f"{line}\n")


def line_for(pinned: str, newest: str, days: int) -> str:
    """Return the line about a pinned release that is so many days old."""
    age = f"V8 of {PACKAGE} {pinned}: {days} days old"
    if newest == pinned:
        return f"{age}, and the newest release"
    if days <= OLD_DAYS:
        return f"{age}; {newest} is there"
    return f"WARNING: {age}, more than {OLD_DAYS}, and {newest} is there: make upgrade"


def _resolve(uv: str, requirement: str, *options: str) -> str:
    command = [uv, "pip", "compile", "--quiet", "--no-deps", "--no-header", "--no-annotate"]
    done = subprocess.run(  # noqa: S603
        [*command, *options, "-"], input=requirement, capture_output=True, text=True, check=False
    )
    return done.stdout + " ".join(done.stderr.split())


def _days_since(published: str) -> int:
    today = datetime.now(UTC).date()  # noqa: TID251 - a tool of the build has no ports
    return (today - date.fromisoformat(published)).days


if __name__ == "__main__":
    main(*sys.argv[1:])
