"""Compare a project with an account, in the form of ``diff -u``."""

import json
from collections.abc import Iterator, Mapping
from difflib import unified_diff

from isolambda_cli.project.functions import FunctionSpec
from isolambda_cli.project.plan import keys_of_function, keys_of_trigger
from isolambda_cli.project.remote import Remote
from isolambda_cli.project.sources import PACKAGES, sources_of
from isolambda_cli.terminal import printable
from isolambda_core.domain.documents import SOURCE_KEYS, Document

_LINES = 20_000
"""Of longer texts it is shown that they differ; they are not compared line by line."""
_NOT_THERE = "/dev/null"
_NO_END = "\\ No newline at end of file"


def difference(spec: FunctionSpec, document: Document, there: Remote) -> Iterator[str]:
    """Yield the lines that tell what the account lacks of a function; none where it lacks nothing.

    What the account has and the project does not decide is no difference.
    """
    before, after = _of_account(spec, there), _of_project(spec, document)
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        if name.startswith(f"{spec.name}/{PACKAGES}"):
            yield f"Bundled packages differ: {name}"
        elif max(_lines(old), _lines(new)) > _LINES:
            yield f"Files differ: {name}"
        else:
            yield from _unified(name, old, new)


def _of_project(spec: FunctionSpec, document: Document) -> Mapping[str, str]:
    texts = _texts(spec, document)
    for trigger in spec.triggers:
        texts[_trigger_name(spec, trigger)] = _json(trigger, keys_of_trigger(trigger))
    return texts


def _of_account(spec: FunctionSpec, there: Remote) -> Mapping[str, str]:
    if there.function is None:
        return {}
    texts = _texts(spec, there.function.document)
    wanted = {trigger["name"]: trigger for trigger in spec.triggers}
    for found in there.triggers:
        if found["name"] in wanted:
            keys = keys_of_trigger(wanted[found["name"]])
            texts[_trigger_name(spec, found)] = _json(found, keys)
    return texts


def _texts(spec: FunctionSpec, document: Document) -> dict[str, str]:
    sources = sources_of(document, spec.main)
    keys = [key for key in keys_of_function(spec) if key not in SOURCE_KEYS]
    return {
        **{f"{spec.name}/{name}": text for name, text in sources.items()},
        f"{spec.name} (settings)": _json(document, keys),
    }


def _trigger_name(spec: FunctionSpec, trigger: Document) -> str:
    return f"{spec.name} (trigger {trigger['name']})"


def _json(document: Document, keys: list[str]) -> str:
    shown = {key: document[key] for key in sorted(keys) if key in document}
    return json.dumps(shown, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _unified(name: str, old: str | None, new: str | None) -> Iterator[str]:
    names = (
        _NOT_THERE if old is None else f"account/{name}",
        _NOT_THERE if new is None else f"project/{name}",
    )
    for entry in unified_diff(_split(old), _split(new), *names, lineterm=""):
        for line in entry.split("\n"):
            # Sources may come from anywhere: nothing in them steers the terminal.
            yield "\t".join(map(printable, line.split("\t")))


def _split(text: str | None) -> list[str]:
    lines = (text or "").split("\n")
    end = lines.pop()
    return [*lines, f"{end}\n{_NO_END}"] if end else lines


def _lines(text: str | None) -> int:
    return (text or "").count("\n")
