"""The packages of npm that a function imports, bundled into files beside the author's own.

Only packages are bundled. The author's files go along as they are, so that places in errors are
places in them. ``import … from "zod"`` finds the file ``node_modules/zod.js`` of the function. It
holds what is imported of the package, and what that needs; parts of several stand in one file.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from isolambda_cli.project.errors import BundleError
from isolambda_cli.project.esbuild import ENTRIES, run_esbuild
from isolambda_cli.project.modules import specifiers_in
from isolambda_cli.project.sources import PACKAGES
from isolambda_core.domain.functions.files import check_files
from isolambda_core.domain.limits import SOURCE_BYTES

_BARE = re.compile(r"@?[A-Za-z0-9][A-Za-z0-9._$@+/-]*+")
_STATEMENT = re.compile(
    r"""^(?:import|export)\s+(?P<clause>[^"';]+?)\s+from\s+"(?P<name>[^"]+)";""", re.MULTILINE
)
_NAMES = re.compile(r"\{(?P<names>[^}]*)\}")
_WHOLE = "*"
_OPTIONS = (
    "--splitting",
    "--conditions=workerd,worker,import",
    "--main-fields=module,main",
    '--define:process.env.NODE_ENV="production"',
)


def packages_of(folder: Path, main: str, texts: Mapping[str, str]) -> Mapping[str, str]:
    """Return the files of the packages that a main file and its modules import, by name.

    Raises:
        BundleError: there are imports of packages and no esbuild, or it found a mistake.
    """
    specifiers = (each for text in texts.values() for each in specifiers_in(text))
    if not any(map(_is_package, specifiers)):
        return {}
    wanted = _wanted(folder, main)
    if not wanted:
        return {}
    stubs = tuple((name, _stub(name, wanted[name])) for name in sorted(wanted))
    return _bundled(folder, stubs, _stamp(folder))


def _wanted(folder: Path, main: str) -> Mapping[str, set[str]]:
    """Return what is imported, by package: names, or ``*``; nothing that only types need."""
    with TemporaryDirectory() as temporary:
        output = Path(temporary) / "modules"
        found = run_esbuild(
            folder, [f"./{main}"], output, "--packages=external", "--tree-shaking=false"
        )
        [file] = output.iterdir()
        code = file.read_text(encoding="utf-8")
    wanted = {name: set[str]() for name in _external(found)}
    for match in _STATEMENT.finditer(code):
        wanted.get(match["name"], set()).update(_names(match["clause"]))
    for name, kind in _external(found).items():
        if kind != "import-statement":  # import() and require() get all there is
            wanted[name].add(_WHOLE)
    return wanted


def _is_package(specifier: str) -> bool:
    """Return whether a name is one of a package; what has a scheme, as ``node:os``, is none."""
    return _BARE.fullmatch(specifier) is not None


def _external(metafile: Mapping[str, Any]) -> Mapping[str, str]:
    """Return how each package is imported."""
    kinds: dict[str, str] = {}
    for output in metafile["outputs"].values():
        for each in output["imports"]:
            if each.get("external") and _is_package(each["path"]):
                known = kinds.get(each["path"], "import-statement")
                kinds[each["path"]] = each["kind"] if known == "import-statement" else known
    return kinds


def _names(clause: str) -> Iterator[str]:
    listed = _NAMES.search(clause)
    if listed is not None:
        for each in filter(None, map(str.strip, listed["names"].split(","))):
            yield each.split(" as ")[0].strip()
    for each in map(str.strip, _NAMES.sub("", clause).split(",")):
        if each:
            yield _WHOLE if each.startswith(_WHOLE) else "default"


def _stub(name: str, wanted: set[str]) -> str:
    """Return a module that has of a package what is wanted of it, and no more."""
    if _WHOLE in wanted:
        return f'import * as all from "{name}"; export * from "{name}"; export default all.default;'
    if not wanted:
        return f'import "{name}";'
    return f'export {{ {", ".join(sorted(wanted))} }} from "{name}";'


def _stamp(folder: Path) -> int:
    """Return a number that changes when packages are installed."""
    for name in ("node_modules/.package-lock.json", "node_modules"):
        if (folder / name).exists():
            return (folder / name).stat().st_mtime_ns
    return 0


@lru_cache(maxsize=64)
def _bundled(folder: Path, stubs: tuple[tuple[str, str], ...], stamp: int) -> Mapping[str, str]:  # noqa: ARG001 - a key of the cache
    with TemporaryDirectory() as temporary:
        entries, output = Path(temporary) / ENTRIES, Path(temporary) / "packages"
        for name, stub in stubs:
            _require_good(name)
            entry = entries / f"{name}.js"
            entry.parent.mkdir(parents=True, exist_ok=True)
            entry.write_text(stub, encoding="utf-8")
        paths = [str(entries / f"{name}.js") for name, _ in stubs]
        found = run_esbuild(folder, paths, output, f"--outbase={entries}", *_OPTIONS)
        _refuse_whole_commonjs(stubs, found)
        return {
            PACKAGES + path.relative_to(output).as_posix(): _read(path)
            for path in sorted(output.rglob("*.js"))
        }


def _require_good(name: str) -> None:
    for violation in check_files({f"{PACKAGES}{name}.js": ""}):
        raise BundleError(f"{name!r}: {violation.message or 'is too long'}")


def _refuse_whole_commonjs(stubs: tuple[tuple[str, str], ...], metafile: Mapping[str, Any]) -> None:
    """Refuse ``import * as x`` of CommonJS, whose names are not known before it runs."""
    whole = {name for name, stub in stubs if "export *" in stub}
    for path, details in metafile["inputs"].items():
        for each in details["imports"]:
            target = metafile["inputs"].get(each["path"], {})
            if each.get("original") in whole and target.get("format") == "cjs":
                name = each["original"]
                if path.endswith(f"/{name}.js"):
                    raise BundleError(
                        f"{name!r} is CommonJS: import what you need of it by name, not `*`"
                    )


def _read(path: Path) -> str:
    if path.stat().st_size > SOURCE_BYTES:
        raise BundleError(
            f"{path.name}: the packages take {path.stat().st_size} bytes, and a function has at "
            f"most {SOURCE_BYTES}; import by name what is needed, and no more"
        )
    # A comment names each file; the name of ours would be another one each time.
    text = path.read_text(encoding="utf-8")
    return re.sub(rf"^// .*/{ENTRIES}/.*\n", "", text, flags=re.MULTILINE)
