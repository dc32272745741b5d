"""``isolambda.toml``, the manifest of a project: its functions, and how each is deployed."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from isolambda_cli.project.errors import BundleError, ManifestError, NoProjectError
from isolambda_cli.project.files import read_text
from isolambda_cli.project.functions import FunctionSpec
from isolambda_cli.project.manifest_rules import Fault, spec_of
from isolambda_cli.project.toml_lines import line_of

MANIFEST = "isolambda.toml"
"""The name of the manifest, in the folder of its project."""
_MANIFEST_BYTES = 262_144
_KEY_PARTS = 50
_DEEP_KEY = re.compile(
    r"(?<![A-Za-z0-9_-])(?:(?:[A-Za-z0-9_-]++|\"[^\"\n]*+\"|'[^'\n]*+')[ \t]*+\.[ \t]*+)"
    f"{{{_KEY_PARTS}}}"
)
"""What the parser of the standard library would take memory for that grows with its square."""
_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Project:
    """A folder with a manifest, and the functions in it, in the manifest's order."""

    folder: Path
    name: str
    functions: Mapping[str, FunctionSpec]

    @property
    def described_by(self) -> frozenset[str]:
        """The names of the files that say all this: the manifest, and schemas that it names."""
        schemas = (spec.schema_files.values() for spec in self.functions.values())
        return frozenset({MANIFEST, *chain.from_iterable(schemas)})


def read_project(folder: Path | None = None) -> Project:
    """Return the project of a folder, by default the current one, or of the nearest above it.

    Raises:
        NoProjectError: no folder has a manifest.
        ManifestError: the manifest cannot be read, is no TOML, or breaks a rule.
    """
    start = (folder or Path()).absolute()
    for each in (start, *start.parents):
        if (each / MANIFEST).is_file():
            return _project(each)
    raise NoProjectError(f"no {MANIFEST} in {start} or above; `isolambda init NAME` makes one")


def _project(folder: Path) -> Project:
    try:
        text = read_text(folder, MANIFEST, _MANIFEST_BYTES)
    except BundleError as error:
        raise ManifestError(str(error)) from error
    return parse_manifest(folder, text)


def parse_manifest(folder: Path, text: str) -> Project:
    """Return the project that the text of a manifest describes.

    Raises:
        ManifestError: it is no TOML, or breaks a rule.
    """
    table = _parsed(text)
    try:
        return _checked(folder, table)
    except Fault as fault:
        at = ".".join(fault.path)
        raise ManifestError(f"{MANIFEST}:{line_of(text, fault.path)}: {at}: {fault}") from fault


def _parsed(text: str) -> Mapping[str, Any]:
    if (deep := _DEEP_KEY.search(text)) is not None:
        at = text.count("\n", 0, deep.start()) + 1
        raise ManifestError(f"{MANIFEST}:{at}: a key has at most {_KEY_PARTS} parts")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        place = _PLACE.search(message)
        last = text.count("\n") + 1, len(text) - text.rfind("\n")
        line, column = last if place is None or place[1] is None else (place[1], place[2])
        what = _PLACE.sub("", message)
        raise ManifestError(f"{MANIFEST}:{line}:{column}: {what}") from error
    except ValueError as error:  # of an integer with more digits than Python reads
        raise ManifestError(f"{MANIFEST}: has a number of too many digits") from error
    except RecursionError as error:
        raise ManifestError(f"{MANIFEST}: is nested too deeply") from error


def _checked(folder: Path, table: Mapping[str, Any]) -> Project:
    name = _name(table)
    functions = table.get("functions", {})
    if not isinstance(functions, dict) or not functions:
        raise Fault(("functions",), "a project has at least one [functions.NAME]")
    specs = [spec_of(folder, name, each, functions[each]) for each in functions]
    _require_different([spec.id for spec in specs], list(functions))
    return Project(folder, name, dict(zip(functions, specs, strict=True)))


def _name(table: Mapping[str, Any]) -> str:
    for key in table:
        if key not in ("project", "functions"):
            raise Fault((key,), "unknown; a manifest has `project` and `functions`")
    project = table.get("project")
    if not isinstance(project, dict) or "name" not in project:
        raise Fault(("project", "name"), "is missing")
    for key in project:
        if key != "name":
            raise Fault(("project", key), "unknown; a project has a `name`")
    try:
        return require_project_name(project["name"])
    except ManifestError as error:
        raise Fault(("project", "name"), str(error)) from error


def require_project_name(name: object) -> str:
    """Return a name that a project may have.

    Raises:
        ManifestError: it is none.
    """
    if not isinstance(name, str) or _NAME.fullmatch(name) is None:
        raise ManifestError(f"{name!r} is no name of a project: up to 64 letters, digits and . _ -")
    return name


def _require_different(ids: Sequence[str], names: Sequence[str]) -> None:
    for index, each in enumerate(ids):
        if each in ids[:index]:
            other = names[ids.index(each)]
            raise Fault(("functions", names[index], "id"), f"is that of `{other}`, too")
