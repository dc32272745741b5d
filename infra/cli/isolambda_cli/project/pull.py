"""The command ``isolambda pull``."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, cast

import typer

from isolambda_cli.api.client import Api
from isolambda_cli.api.functions import find_function
from isolambda_cli.api.options import AuthorCommand, session_of
from isolambda_cli.command import warn
from isolambda_cli.output import Row
from isolambda_cli.project.errors import ProjectError
from isolambda_cli.project.functions import FunctionSpec, has_default_id
from isolambda_cli.project.local_files import encoded, replace_file, write_files
from isolambda_cli.project.manifest import MANIFEST, Project, parse_manifest, read_project
from isolambda_cli.project.manifest_rules import SETTINGS
from isolambda_cli.project.merge_patch import patch_between
from isolambda_cli.project.plan import keys_of_function, keys_of_trigger
from isolambda_cli.project.remote import patient
from isolambda_cli.project.schemas import new_schema_files, schema_files
from isolambda_cli.project.sources import PACKAGES, main_of, sources_of
from isolambda_cli.project.toml_text import function_text
from isolambda_core.domain.documents import SOURCE_KEYS, Document
from isolambda_core.domain.functions.functions import LATEST, validated_function

app = typer.Typer(add_completion=False)


@app.command(cls=AuthorCommand)
def pull(
    context: typer.Context,
    function: Annotated[
        str, typer.Argument(help="A function, by its name or its id.", show_default=False)
    ],
    *,
    force: Annotated[
        bool, typer.Option("--force", help="Write over files that have another text here.")
    ] = False,
) -> list[Row]:
    """Write the files of a function of the account into the project."""
    api, project = patient(session_of(context)), read_project()
    spec = project.functions.get(function)
    function_id = spec.id if spec else str(find_function(api, function)["id"])
    # A server may be broken, or hostile.
    document = validated_function(api.get(f"functions/{function_id}"))
    known = next((each for each in project.functions.values() if each.id == function_id), None)
    main = main_of(document) or (known.main if known else _new_main(document, function_id))
    texts = {
        name: text
        for name, text in sources_of(document, main).items()
        if not name.startswith(PACKAGES)  # which esbuild makes again
    }
    named = known.schema_files if known else new_schema_files(document, main)
    manifest = None if known else _manifest_with(api, project, function_id, document, main, named)
    schemas = schema_files(project.folder, document, named)
    states = write_files(project.folder, {**texts, **schemas}, force=force)
    if manifest is not None:
        replace_file(project.folder / MANIFEST, manifest)
    if known is not None:
        _warn_of_others(known, document, main)
    rows: list[Row] = [{"file": name, "state": state} for name, state in states.items()]
    return rows if manifest is None else [*rows, {"file": MANIFEST, "state": "added to"}]


def _warn_of_others(spec: FunctionSpec, document: Document, main: str) -> None:
    written = {key for key in spec.schema_files if key in document}
    apart = {*SOURCE_KEYS, "language_pack", *written}
    keys = [key for key in keys_of_function(spec) if key not in apart]
    others = list(patch_between(document, {"name": spec.name, **spec.settings}, keys))
    if main != spec.main:
        others.append("main")
    if others:
        warn(f"{MANIFEST} has other settings, which stay: {', '.join(others)}")


def _new_main(document: Document, function_id: str) -> str:
    stem = re.sub("[^a-z0-9]+", "-", str(document["name"]).lower()).strip("-")[:64]
    ending = "ts" if document["language_pack"] == "typescript" else "js"
    return f"src/{stem or function_id}.{ending}"


def _manifest_with(
    api: Api,
    project: Project,
    function_id: str,
    document: Document,
    main: str,
    schemas: Mapping[str, str],
) -> bytes:
    """Return the manifest with one more function, after it was read as one.

    ``schemas`` are the names of files for its schemas, which are not there yet.
    """
    name = str(document["name"])
    if name in project.functions:
        raise ProjectError(f"the project has another function {name!r}: give one another name")
    table: dict[str, object] = {"main": main}
    if not has_default_id({**document, "id": function_id}, project.name):
        table = {"id": function_id, **table}
    apart = {"enabled", *schemas}
    settings = {key: document[key] for key in SETTINGS if key in document and key not in apart}
    triggers = [_stated(each) for each in api.get(f"functions/{function_id}/triggers")]
    text = _read(project.folder / MANIFEST)
    stated = cast("Document", {**table, **settings})
    parse_manifest(project.folder, text + function_text(name, stated, triggers))
    return encoded(MANIFEST, text + function_text(name, {**stated, **schemas}, triggers))


def _stated(trigger: Document) -> Document:
    """Return what a manifest says of a trigger."""
    keys = [key for key in keys_of_trigger(trigger) if key in trigger and key != "enabled"]
    return {key: trigger[key] for key in keys if (key, trigger[key]) != ("qualifier", LATEST)}


def _read(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    return text if text.endswith("\n") else f"{text}\n"
