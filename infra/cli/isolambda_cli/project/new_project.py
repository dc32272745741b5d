"""Write the files of a new project from a template."""

import re
from collections.abc import Mapping
from enum import StrEnum
from importlib.resources import files
from pathlib import Path

from isolambda_cli.project.errors import ProjectError
from isolambda_cli.project.manifest import require_project_name

_TYPES = ("isolambda_api.http", "isolambda.d.ts")
_SHOWN = 5
"""How many of the files in the way an error names."""


class Template(StrEnum):
    """What a new project's function does."""

    CALL = "call"
    HTTP = "http"
    EVENT = "event"


def write_project(folder: Path, template: Template) -> list[str]:
    """Write a new project, called as its folder is, and return the names of its files.

    Raises:
        ProjectError: the folder is not empty, or its name is none for a project.
        OSError: a file cannot be written.
    """
    name = require_project_name(folder.resolve().name)
    _require_empty(folder)
    texts = _texts(template, name)
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        # Not over a file that came into the folder meanwhile.
        with (folder / path).open("x", encoding="utf-8") as stream:
            stream.write(text)
    return sorted(texts)


def _require_empty(folder: Path) -> None:
    if not folder.exists():
        return
    found = sorted(path.name for path in folder.iterdir())
    if found:
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        raise ProjectError(f"{folder} is not empty: it has {', '.join(found[:_SHOWN])}{more}")


def _texts(template: Template, name: str) -> Mapping[str, str]:
    path = re.sub("[^a-z0-9]+", "-", name.lower()).strip("-")
    texts = {"isolambda.d.ts": files(_TYPES[0]).joinpath(_TYPES[1]).read_text(encoding="utf-8")}
    templates = Path(__file__).with_name("templates")
    for root in (templates / "common", templates / template):
        for file in root.rglob("*"):
            if file.is_file():
                text = file.read_text(encoding="utf-8")
                # A file of that name would have an effect where the templates are.
                target = file.relative_to(root).as_posix().replace("gitignore", ".gitignore")
                texts[target] = text.replace("NAME", name).replace('"PATH"', f'"{path}"')
    return texts
