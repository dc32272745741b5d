"""What does not pass, by area; whatever else does not pass, or passes although it is listed, fails.

``expectations/AREA.json`` is ``{reason: {file: subtests}}``. The subtests are a list of names or,
where most of a file does not pass, ``{"all": how many the file has, "but": [those that pass]}``.
``sums.json`` has what passes and runs in each area; the lists may only become shorter than that.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypedDict

from tests.wpt.running import FileResult

FOLDER: Final = Path(__file__).with_name("expectations")
SUMS: Final = Path(__file__).with_name("sums.json")
UNEXPLAINED: Final = "not looked at yet"

_LINE_MAX: Final = 400
_LISTED_MAX: Final = 20
"""A file with more subtests that fail, and fewer that pass, lists the latter."""


class AllBut(TypedDict):
    """Every subtest of a file, of which there are ``all``, but those that pass."""

    all: int
    but: list[str]


Subtests = list[str] | AllBut


class GrownError(Exception):
    """More does not pass than before."""


@dataclass
class Expectations:
    """What does not pass in one area."""

    by_reason: dict[str, dict[str, Subtests]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many subtests do not pass."""
        return sum(map(_count, (each for of in self.by_reason.values() for each in of.values())))

    @property
    def files(self) -> set[str]:
        """The files in which something does not pass."""
        return {path for of in self.by_reason.values() for path in of}

    def differences(self, file: FileResult) -> Iterator[str]:
        """Yield what the results of a file and this say differently."""
        there = file.passed | file.failed.keys()
        listed = set[str]()
        absent = set[str]()
        for subtests in self._of(file.path).values():
            if isinstance(subtests, list):
                listed |= set(subtests)
                absent |= listed - there
            else:
                listed |= there - set(subtests["but"])
                absent |= set(subtests["but"]) - there
                if subtests["all"] != file.run:
                    yield f"{file.path} has {file.run} subtests, not {subtests['all']}"
        for name in sorted(file.failed.keys() - listed):
            yield line(f"{file.path}: {name}: FAILS, AND IS NOT LISTED: {file.failed[name]}")
        for name in sorted(file.passed & listed):
            yield line(f"{file.path}: {name}: PASSES, AND IS LISTED")
        for name in sorted(absent):
            yield line(f"{file.path}: {name}: IS LISTED, AND NOT THERE")

    def updated(self, files: Iterable[FileResult]) -> "Expectations":
        """Return what these results, which are of the whole area, make of this; reasons stay."""
        new = Expectations({reason: {} for reason in self.by_reason})
        for file in files:
            left = set(file.failed)
            for reason, subtests in self._of(file.path).items():
                if reason != UNEXPLAINED:
                    kept = left & set(subtests) if isinstance(subtests, list) else set(left)
                    left -= kept
                    new._put(reason, file, kept)
            new._put(UNEXPLAINED, file, left)
        new.by_reason = {reason: of for reason, of in new.by_reason.items() if of}
        return new

    def _of(self, path: str) -> dict[str, Subtests]:
        return {reason: of[path] for reason, of in self.by_reason.items() if path in of}

    def _put(self, reason: str, file: FileResult, names: set[str]) -> None:
        if not names:
            return
        of = self.by_reason.setdefault(reason, {})
        if names == file.failed.keys() and len(names) > max(_LISTED_MAX, len(file.passed)):
            of[file.path] = {"all": file.run, "but": sorted(file.passed)}
        else:
            of[file.path] = sorted(names)


def line(text: str) -> str:
    """Return a text with any characters as one line that can be printed."""
    return json.dumps(text)[1:-1].replace('\\"', '"')[:_LINE_MAX]


def _count(subtests: Subtests) -> int:
    return len(subtests) if isinstance(subtests, list) else subtests["all"] - len(subtests["but"])


class Sum(TypedDict):
    """How many subtests of an area pass, and how many there are."""

    passed: int
    run: int


def read_expectations(area: str) -> Expectations:
    """Return what does not pass in an area; nothing if it has no list."""
    path = FOLDER / f"{area}.json"
    return Expectations(json.loads(path.read_text(encoding="utf-8")) if path.exists() else {})


def read_sums() -> dict[str, Sum]:
    """Return the sums of all areas."""
    sums: dict[str, Sum] = json.loads(SUMS.read_text(encoding="utf-8"))
    return sums


def update(area: str, files: list[FileResult]) -> None:
    """Write the list of an area, and its sums, from the results of all its files.

    Raises:
        GrownError: the list would become longer.
    """
    sums = read_sums()
    new = read_expectations(area).updated(files)
    if area in sums and new.count > (before := sums[area]["run"] - sums[area]["passed"]):
        raise GrownError(
            f"{area}: {new.count} DO NOT PASS, AND BEFORE {before}: THE LIST MAY NOT GROW; "
            f"change {SUMS.name} by hand if it must"
        )
    _write(FOLDER / f"{area}.json", new.by_reason)
    sums[area] = sum_of(files)
    _write(SUMS, dict(sorted(sums.items())))


def sum_of(files: Iterable[FileResult]) -> Sum:
    """Return how many subtests of files pass and run."""
    files = list(files)
    return {"passed": sum(len(file.passed) for file in files), "run": sum(f.run for f in files)}


def sum_differences(
    area: str, files: Iterable[FileResult], sums: Mapping[str, Sum]
) -> Iterator[str]:
    """Yield how many subtests of a whole area pass, unless its sum says that."""
    counted, said = sum_of(files), sums.get(area, Sum(passed=0, run=0))
    if counted != said:
        yield (
            f"{area}: {counted['passed']} OF {counted['run']} PASS, "
            f"AND {SUMS.name} SAYS {said['passed']} OF {said['run']}"
        )


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
