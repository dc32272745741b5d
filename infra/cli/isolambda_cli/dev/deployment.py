"""Have the server of a project hold what its files say, after each change of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

from isolambda_cli.api.client import STRICT, Api
from isolambda_cli.api.errors import ApiError, UnreachableError
from isolambda_cli.project.errors import BundleError, ProjectError
from isolambda_cli.project.functions import FunctionSpec
from isolambda_cli.project.manifest import MANIFEST, Project, read_project
from isolambda_cli.project.plan import missing_of, plan_of
from isolambda_cli.project.steps import Action
from isolambda_core.domain.documents import Document

_RECORDED: Document = {"record": "all"}
"""So that each execution is shown, and can be repeated, whatever the manifest says."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What became of a function, or of another part of the project.

    ``error`` is as an execution has it, with a place in a file of the author's.
    """

    name: str
    text: str
    error: Mapping[str, Any] | None = None
    is_good: bool = True


@dataclass(slots=True)
class Deployment:
    """What a server holds of a project.

    ``taken`` are the documents that it took and that compile, ``tried`` those that were sent last,
    both by the id of their function.
    """

    api: Api
    project: Project
    taken: dict[str, Document] = field(default_factory=dict)
    tried: dict[str, Document] = field(default_factory=dict)

    def begin(self) -> Iterator[Notice]:
        """Have the server hold the whole project."""
        yield from self._functions()
        yield from self._others()

    def follow(self, changed: frozenset[str]) -> Iterator[Notice]:
        """Have the server hold what changed, by paths below the folder, or else the whole."""
        if changed and changed.isdisjoint(self.project.described_by):
            yield from self._functions()
            return
        try:
            self.project = read_project(self.project.folder)
        except ProjectError as error:
            yield Notice(MANIFEST, str(error), is_good=False)
            return
        ids = {spec.id for spec in self.project.functions.values()}
        for documents in (self.taken, self.tried):
            for gone in documents.keys() - ids:
                del documents[gone]
        yield from self.begin()

    def _functions(self) -> Iterator[Notice]:
        for spec in self.project.functions.values():
            try:
                document = _document(spec)
            except ProjectError as error:
                if self.tried.pop(spec.id, None) is not None or spec.id not in self.taken:
                    yield Notice(spec.name, str(error), is_good=False)
                continue
            if document != self.tried.get(spec.id):
                self.tried[spec.id] = document
                yield from self._write(spec, document)

    def _write(self, spec: FunctionSpec, document: Document) -> Iterator[Notice]:
        try:
            self._put(spec, document)
        except UnreachableError as error:  # it is slow, or has ended, which is seen by itself
            del self.tried[spec.id]
            yield Notice(spec.name, str(error), is_good=False)
            return
        except ApiError as error:
            problems: list[Mapping[str, Any] | None] = [*_problems(error.data, spec)]
            if not problems:  # it is no fault of the source, so the next change tries again
                del self.tried[spec.id]
            for problem in problems or [None]:
                text = str(error) if problem is None else ""
                yield Notice(spec.name, text, problem, is_good=False)
            return
        self.taken[spec.id] = document
        yield Notice(spec.name, "live")

    def _put(self, spec: FunctionSpec, document: Document) -> None:
        try:
            self.api.post(f"functions/{spec.id}", document, headers=STRICT)
        except ApiError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            self.api.put("functions", {**document, "id": spec.id}, headers=STRICT)

    def _others(self) -> Iterator[Notice]:
        """Have the server hold the triggers, and nothing that is not in the project."""
        held = {
            name: spec for name, spec in self.project.functions.items() if spec.id in self.taken
        }
        documents = {name: self.taken[spec.id] for name, spec in held.items()}
        project = replace(self.project, functions=held)
        is_whole = len(held) == len(self.project.functions)
        try:
            steps = plan_of(self.api, project, documents, None, prune=is_whole)
        except (ProjectError, ApiError, UnreachableError) as error:
            yield Notice(MANIFEST, str(error), is_good=False)
            return
        for step in steps:
            if step.write is None or (step.kind == "function" and step.action != Action.REMOVE):
                continue
            try:
                answered: Any = step.write()
            except (ApiError, UnreachableError) as error:
                yield Notice(step.name, str(error), is_good=False)
            else:
                yield Notice(step.name, answered.get("_read_only", {}).get("url") or step.action)
        try:
            missing = missing_of(self.api, project)
        except (ApiError, UnreachableError) as error:
            yield Notice(MANIFEST, str(error), is_good=False)
            return
        for sentence in missing:
            yield Notice(MANIFEST, f"{sentence} --profile dev", is_good=False)


def _document(spec: FunctionSpec) -> Document:
    document = spec.document()
    if not document["function_js"]:  # an editor empties a file before it writes
        raise BundleError(f"{spec.main} is empty; what was live before stays")
    return {**document, **_RECORDED}


def _problems(data: Any, spec: FunctionSpec) -> Iterator[Mapping[str, Any]]:
    """Yield the mistakes of sources that the server refused, as errors."""
    for key, rules in data.items() if isinstance(data, Mapping) else ():
        file = spec.main if key == "function_js" else key.removeprefix("files.").replace("%2E", ".")
        for details in rules.values() if isinstance(rules, Mapping) else ():
            if isinstance(details, Mapping) and "line" in details:
                line, column = details["line"], details["column"]
                message = details["message"].removeprefix(f"{file}:{line}:{column}: ")
                message = message.removeprefix("SyntaxError: ")
                message = message.removesuffix(f", at line {line}, column {column}")
                where = {"file": file, "line": line, "column": column}
                yield {"name": "SyntaxError", "message": message, **where}
