"""Write schemas into files of a project, and name them in its manifest."""

import re
from collections.abc import Mapping

from isolambda_cli.output import Row
from isolambda_cli.project.errors import ProjectError
from isolambda_cli.project.functions import FunctionSpec
from isolambda_cli.project.local_files import encoded, replace_file, write_files
from isolambda_cli.project.manifest import MANIFEST, Project, parse_manifest
from isolambda_cli.project.schemas import new_schema_files, schema_files
from isolambda_cli.project.toml_lines import line_of
from isolambda_cli.project.toml_text import pair_text
from isolambda_core.domain.documents import Document

_MAIN = re.compile(r"[ \t]*main[ \t]*=")


def write_schemas(
    project: Project, spec: FunctionSpec, schemas: Document, *, force: bool
) -> list[Row]:
    """Write the schemas of a function, and return what became of each file.

    Raises:
        ProjectError: a file has another schema and ``force`` is not given, or the manifest has one
            itself, or names the function where no line can be added.
        OSError: a file cannot be written.
    """
    names = {**new_schema_files(schemas, spec.main), **spec.schema_files}
    for key in schemas:
        if key in spec.settings and key not in spec.schema_files:
            raise ProjectError(f"{MANIFEST} has the {key} of {spec.name} itself: take it out there")
    new = {key: names[key] for key in schemas if key not in spec.schema_files}
    text = (project.folder / MANIFEST).read_text(encoding="utf-8")
    manifest = _with_names(text, spec, new)
    written = write_files(project.folder, schema_files(project.folder, schemas, names), force=force)
    rows: list[Row] = [{"file": name, "state": state} for name, state in written.items()]
    if new:
        parse_manifest(project.folder, manifest)
        replace_file(project.folder / MANIFEST, encoded(MANIFEST, manifest))
        rows.append({"file": MANIFEST, "state": "added to"})
    return rows


def _with_names(text: str, spec: FunctionSpec, names: Mapping[str, str]) -> str:
    lines = text.split("\n")
    at = line_of(text, ("functions", spec.name, "main"))
    added = [pair_text(key, name) for key, name in names.items()]
    if added and _MAIN.match(lines[at - 1]) is None:
        raise ProjectError(f"{MANIFEST}:{at}: add {' and '.join(added)} to {spec.name} yourself")
    return "\n".join([*lines[:at], *added, *lines[at:]])
