"""Run the tests of a project: its test files, and its saved calls."""

import os
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from isolambda_cli.project.functions import FunctionSpec, bundled
from isolambda_cli.project.manifest import Project
from isolambda_cli.testing.isolates import Isolates
from isolambda_cli.testing.results import Failure, FileResult
from isolambda_cli.testing.saved_calls import FOLDER, run_saved_call
from isolambda_cli.testing.suites import Suite, run_suite
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import IsolambdaError

_TEST = re.compile(r".+\.test\.m?[jt]s")


@dataclass(frozen=True, slots=True)
class Selection:
    """Which tests to run: of files whose path has one of ``words``, with ``name`` in their name."""

    words: Sequence[str] = ()
    name: str = ""

    def has_file(self, file: str) -> bool:
        """Return whether a file of the project, named by its path there, is selected."""
        return not self.words or any(word.removeprefix("./") in file for word in self.words)

    def has_case(self, name: str) -> bool:
        """Return whether a test of this name is selected."""
        return self.name.lower() in name.lower()


def selected_files(project: Project, selection: Selection) -> Sequence[str]:
    """Return the paths of test files and saved calls below the project's folder, in order."""
    found = [
        file
        for file in _files(project.folder)
        if _TEST.fullmatch(file) or (file.startswith(f"{FOLDER}/") and file.endswith(".json"))
    ]
    return [file for file in sorted(found) if selection.has_file(file)]


def run_tests(
    isolates: Isolates, project: Project, selection: Selection, *, update: bool
) -> Iterator[FileResult]:
    """Run what is selected, and yield the results of each file.

    With ``update`` snapshots are taken over.
    """
    for file in selected_files(project, selection):
        if file.endswith(".json"):
            if selection.has_case(file):
                yield run_saved_call(isolates, project, file)
            continue
        try:
            modules = bundled(project.folder, file)
        except IsolambdaError as error:
            yield FileResult(file, failures=[Failure(type(error).__name__, str(error))])
            continue
        suite = Suite(project.folder, file, modules, _settings(project, file, modules))
        yield run_suite(isolates, suite, selection.has_case, update=update)


def _settings(project: Project, file: str, modules: Collection[str]) -> Document:
    """Return the settings of the function that a file tests, by its name or by what it imports."""

    def tests(spec: FunctionSpec) -> bool:
        return project.folder / file in spec.tests or spec.main in modules

    spec = next(filter(tests, project.functions.values()), None)
    return {} if spec is None else spec.settings


def _files(folder: Path) -> Iterator[str]:
    """Yield the paths of all files but those of packages, and of folders whose name has a dot."""
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name[0] != "." and name != "node_modules"]
        for name in names:
            yield (Path(root) / name).relative_to(folder).as_posix()
