"""A function of a project, and the document that it is deployed as."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path, PurePosixPath

from isolambda_cli.project.errors import BundleError
from isolambda_cli.project.modules import read_modules
from isolambda_cli.project.packages import packages_of
from isolambda_cli.project.sources import entry_for
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import InvalidDocumentError
from isolambda_core.domain.functions.functions import validated_function

_ID_CHARACTERS = 32
_DEFAULT_EXPORT = re.compile(
    r"(?:^|[;}])[ \t]*+export\b\s*+(?:default\b|\{[^{}]*\bdefault\b)", re.MULTILINE
)
_TEST = re.compile(r"\.test\.m?[jt]s$")


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """A function as the manifest describes it.

    ``main`` is a path below ``folder``, the project's. ``settings`` are keys of the function's
    document, ``triggers`` documents of triggers with their names, and ``aliases`` the names of
    those that a deployment may move. ``schema_files`` are the names of the files that schemas among
    the settings were read from, by key.
    """

    folder: Path
    name: str
    id: str
    main: str
    settings: Document
    triggers: Sequence[Document] = ()
    aliases: Sequence[str] = ()
    schema_files: Mapping[str, str] = field(default_factory=dict)

    def document(self) -> Document:
        """Read the sources, and return the function's document.

        Files keep their names below the folder, so that errors name what the author wrote:
        ``function_js`` hands on the default export of the main one. A main file without a default
        export is the body of a function, and ``function_js`` itself.

        Raises:
            BundleError: a source cannot be read, or the function is too large.
        """
        files = dict(bundled(self.folder, self.main))
        if _DEFAULT_EXPORT.search(files[self.main]) is not None:
            entry, language = entry_for(self.main), "javascript"
        else:
            is_typed = self.main.endswith((".ts", ".mts"))
            entry, language = files.pop(self.main), "typescript" if is_typed else "javascript"
        document = {
            "name": self.name,
            **self.settings,
            "language_pack": language,
            "function_js": entry,
        }
        try:
            return validated_function({**document, "files": files} if files else document)
        except InvalidDocumentError as error:
            raise BundleError(f"{self.main}: {error}") from error

    @property
    def tests(self) -> Sequence[Path]:
        """The tests of the function: beside the main file, and named as it is.

        Of ``src/greet.ts`` these are ``src/greet.test.ts`` and ``src/greet.*.test.ts``, also with
        other endings of JavaScript and TypeScript.
        """
        main = self.folder / self.main
        stem = PurePosixPath(self.main).stem
        beside = sorted(main.parent.glob(f"{stem}.*"))
        return [path for path in beside if _TEST.search(path.name) is not None and path.is_file()]


def bundled(folder: Path, main: str) -> Mapping[str, str]:
    """Return the texts of a file and all that it imports, packages too, by name below the folder.

    Raises:
        BundleError: a file cannot be read or has a name that the server refuses, they are too many
            or too long, or packages cannot be bundled.
    """
    texts = read_modules(folder, main)
    return {**texts, **packages_of(folder, main, texts)}


def id_of(project: str, function: str) -> str:
    """Return the id of a function of a project, which is the same in every account."""
    # A name that came from an API may have half of a surrogate pair.
    named = f"{project}/{function}".encode("utf-8", "surrogatepass")
    return sha256(named).hexdigest()[:_ID_CHARACTERS]


def has_default_id(document: Mapping[str, object], project: str) -> bool:
    """Return whether a function of an account came from a project, by its name and its id."""
    return document["id"] == id_of(project, f"{document.get('name')}")
