"""Write ``isolambda.d.ts``, which declares for TypeScript what the probe found in an isolate."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Final

from infra.surface.probe import Entry, Surface, read_beside, read_surface

DECLARATIONS: Final = Path(__file__).parents[2] / "functions/api/isolambda_api/http/isolambda.d.ts"

_HEAD: Final = Path(__file__).with_name("head.d.ts")
_TESTING: Final = Path(__file__).with_name("testing.d.ts")
_NAME: Final = re.compile(r"^(?:readonly )?(\w+)")
_WORD: Final = re.compile(r"\b[A-Z]\w*")
_FEATURE: Final = "WebAssembly"
_NEEDS_FEATURE: Final = "/** Needs the feature `webassembly`. */"
_NAVIGATOR: Final = "navigator.userAgent"


def declarations_of(entries: Sequence[Entry]) -> str:
    """Return the declarations of these entries, and of what these refer to."""
    surface = _whole_surface()
    present = {entry.name: set(entry.missing) for entry in entries if entry.present}
    spaces: dict[str, list[str]] = defaultdict(list)
    for path, missing in present.items():
        space, _, name = path.rpartition(".")
        lines = spaces["" if path == _NAVIGATOR else space]
        if path in surface["interfaces"]:
            lines += _interface(name, surface["interfaces"][path], missing, present)
        else:
            lines += _global(path, surface, missing)
    outer = spaces.pop("", [])
    for space, lines in spaces.items():
        lines[:0] = _types(space, lines, surface, present)
    outer[:0] = _types("", outer + list(chain.from_iterable(spaces.values())), surface, present)
    text = "\n".join([_HEAD.read_text(encoding="utf-8"), *_declared(outer)])
    for space, lines in spaces.items():
        comment = f"{_NEEDS_FEATURE}\n" if space == _FEATURE else ""
        body = "\n".join(f"  {line}" for line in lines)
        text += f"\n{comment}declare namespace {space} {{\n{body}\n}}"
    return f"{text}\n{_TESTING.read_text(encoding='utf-8')}"


def _whole_surface() -> Surface:
    standard, beside = read_surface(), read_beside()
    return {part: {**of, **beside[part]} if part in beside else of for part, of in standard.items()}


def _interface(
    name: str, entry: dict[str, Any], missing: set[str], present: dict[str, set[str]]
) -> Iterator[str]:
    parent = entry.get("extends")
    is_extended = parent == "Error" or parent in present
    extends = f" extends {parent}" if is_extended else ""
    yield f"class {name}{entry.get('parameters', '')}{extends} {{"
    # Its constructor throws where the standard has none.
    yield f"  constructor{entry['new']};" if "new" in entry else "  private constructor();"
    for constant, value in entry.get("constants", {}).items():
        if constant not in missing:
            yield f"  static readonly {constant}: {value};"
            yield f"  readonly {constant}: {value};"
    members = [f"static {member}" for member in entry.get("static", ())]
    members += [*entry["members"], *entry.get("own", ()), *_iteration(entry)]
    for member in members:
        if _name_of(member.removeprefix("static ")) not in missing:
            yield f"  {member};"
    yield "}"


def _iteration(entry: dict[str, Any]) -> Iterator[str]:
    if "iterable" in entry:
        key, value = entry["iterable"]
        yield f"entries(): IterableIterator<[{key}, {value}]>"
        yield f"keys(): IterableIterator<{key}>"
        yield f"values(): IterableIterator<{value}>"
        yield f"forEach(callback: (value: {value}, key: {key}, parent: this) => void): void"
        yield f"[Symbol.iterator](): IterableIterator<[{key}, {value}]>"
    if "async_iterable" in entry:
        of = entry["async_iterable"]
        yield f"values(options?: {{ preventCancel?: boolean }}): AsyncIterableIterator<{of}>"
        yield f"[Symbol.asyncIterator](): AsyncIterableIterator<{of}>"


def _name_of(member: str) -> str:
    found = _NAME.match(member)
    return found[1] if found else member.partition("(")[0]


def _global(path: str, surface: Surface, missing: set[str]) -> Iterator[str]:
    name, declared = path.rpartition(".")[2], surface["globals"][path]
    if name == "console":
        yield "interface Console {"
        for member in surface["console"]:
            if _name_of(member) not in missing:
                yield f"  {member};"
        yield "}"
    if path == _NAVIGATOR:
        yield f"const navigator: {{ readonly {name}: {declared} }};"
    elif declared[0] in "(<":
        yield f"function {name}{declared};"
    elif name != "globalThis":  # TypeScript's own
        yield f"var {name}: {declared};"


def _types(
    space: str, lines: list[str], surface: Surface, present: dict[str, set[str]]
) -> list[str]:
    """Return the types that lines refer to; one of an interface that is missing has no value."""
    prefix = f"{space}." if space else ""
    known = {
        key.removeprefix(prefix).partition("<")[0]: (key.removeprefix(prefix), value)
        for key, value in surface["types"].items()
        if key.startswith(prefix) and ("." in key) == bool(space)
    }
    for path, entry in surface["interfaces"].items():
        if path not in present and path.startswith(prefix) and ("." in path) == bool(space):
            name = path.removeprefix(prefix)
            known[name] = (name + entry.get("parameters", ""), "never")
    found: dict[str, str] = {}
    texts = list(lines)
    while texts:
        for word in _WORD.findall(texts.pop()):
            if word in known and word not in found:
                head, value = known[word]
                found[word] = f"type {head} = {value};"
                texts.append(value)
    return [found[word] for word in sorted(found)]


def _declared(lines: list[str]) -> Iterator[str]:
    for line in lines:
        is_top = line[0] not in " }" and not line.startswith(("type ", "interface "))
        yield f"declare {line}" if is_top else line
