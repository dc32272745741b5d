"""``python -m tests.wpt``: web-platform-tests in the product's own workers.

Ends with 1 when a subtest fails that is not in the list of its area, or passes although it is.
"""

import argparse
import sys
import time
from collections import defaultdict
from typing import Final

from tests.wpt.checkout import (
    AREAS,
    NoTestsError,
    area_of,
    find_checkout,
    list_tests,
    missing_areas,
)
from tests.wpt.expectations import (
    GrownError,
    line,
    read_expectations,
    read_sums,
    sum_differences,
    sum_of,
    update,
)
from tests.wpt.running import FileResult, run_files

_SHOWN: Final = 200


def main() -> int:
    """Run what the command line names, and return the exit status."""
    asked = _arguments()
    try:
        checkout = find_checkout()
    except NoTestsError as error:
        print(error, file=sys.stderr)
        return 1
    names = tuple(name.rstrip("/") for name in asked.names)
    paths = list_tests(checkout, names)
    if not paths:
        print(f"no test is in {' or '.join(names)}; areas: {', '.join(AREAS)}", file=sys.stderr)
        return 1
    began = time.monotonic()
    areas: dict[str, list[FileResult]] = defaultdict(list)
    for file in run_files(checkout, paths):
        areas[area_of(file.path)].append(file)
        if asked.failures:
            for name, failure in sorted(file.failed.items()):
                print(line(f"{file.path}: {name}: {failure}"), flush=True)
    _print_sums(areas)
    for area in missing_areas(checkout):
        print(f"NOT RUN: {area}: THERE IS NO TEST IN {checkout / AREAS[area]}")
    print(f"{time.monotonic() - began:.0f} s")
    return _update(areas) if asked.update else _compare(areas, whole=set(names or areas))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.wpt", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="AREA or file", help="all without any")
    parser.add_argument("--failures", action="store_true", help="print all that does not pass")
    parser.add_argument("--update", action="store_true", help="write the lists of whole areas")
    asked = parser.parse_args()
    if asked.update and not set(asked.names) <= AREAS.keys():
        parser.error("--update takes whole areas")
    return asked


def _print_sums(areas: dict[str, list[FileResult]]) -> None:
    print(f"{'area':16}{'files':>6}{'passed':>8}{'run':>8}")
    everything = [file for files in areas.values() for file in files]
    for area, files in (*areas.items(), ("sum", everything)):
        counted = sum_of(files)
        print(f"{area:16}{len(files):6}{counted['passed']:8}{counted['run']:8}")


def _update(areas: dict[str, list[FileResult]]) -> int:
    try:
        for area, files in areas.items():
            update(area, files)
    except GrownError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _compare(areas: dict[str, list[FileResult]], *, whole: set[str]) -> int:
    differences = []
    for area, files in areas.items():
        expected = read_expectations(area)
        differences += [each for file in files for each in expected.differences(file)]
        if area in whole:
            gone = expected.files - {file.path for file in files}
            differences += [f"{path}: IS LISTED, AND NOT THERE" for path in sorted(gone)]
            differences += sum_differences(area, files, read_sums())
    for difference in differences[:_SHOWN]:
        print(difference)
    if differences:
        print(f"{len(differences)} DIFFERENCES FROM THE LISTS OF tests/wpt/expectations")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
