"""``isolambda.d.ts`` declares what the probe finds; tests/clients compiles it."""

import re

from infra.surface.probe import Entry, probe, read_beside
from infra.surface.types import DECLARATIONS, declarations_of
from isolambda_core.domain.functions.functions import FEATURES
from isolambda_executor.supervisor import Supervisor
from tests.support.documentation import INDEX, text_of


def test_the_file_declares_what_the_probe_finds(shared: Supervisor) -> None:
    found = (*probe(shared, FEATURES), *probe(shared, FEATURES, surface=read_beside()))

    assert declarations_of(found) == DECLARATIONS.read_text(encoding="utf-8"), (
        "write it: python -m infra.surface --write"
    )


def test_what_is_missing_is_not_declared() -> None:
    found = [
        Entry("EventTarget", 4, ("dispatchEvent",)),
        Entry("URL", 17, ()),
        Entry("atob", 1, ()),
    ]

    declared = declarations_of(found)

    assert "declare class EventTarget {" in declared
    assert "addEventListener(type: string" in declared
    assert "dispatchEvent" not in declared
    # A member of what is there may refer to what is not.
    assert "type URLSearchParams = never;" in declared
    assert "declare function atob(data: string): string;" in declared
    assert "btoa" not in declared
    assert "namespace WebAssembly" not in declared


def test_the_context_is_that_of_the_documents() -> None:
    body = DECLARATIONS.read_text(encoding="utf-8").partition("IsolambdaContext {")[2]
    declared = re.findall(r"^  readonly (\w+)\??:", body.partition("\n}")[0], re.MULTILINE)
    table = text_of(INDEX.parent / "functions.md").partition("\n| key | value |")[2]
    rows = re.findall(r"^\| (`[^|]+) \|", table.partition("\n\n")[0], re.MULTILINE)

    assert declared == [name for row in rows for name in re.findall(r"`(\w+)`", row)]
