"""A tenant with one of each that an export has, and the export of it."""

from pathlib import Path
from typing import Any

from isolambda_cli.moving.exporting import Exporter
from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.contracts.saved_calls import SavedCall
from isolambda_core.domain.documents import Document
from isolambda_core.domain.functions.aliases import Alias, Contract, Move, Shadow, Target
from isolambda_core.domain.functions.breakers import Breaker
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.functions.versions import Version
from isolambda_core.domain.triggers.triggers import Trigger
from isolambda_core.ports.store import Store

TOP, CHILD, OTHER = "a" * 32, "b" * 32, "c" * 32
PLAIN, ODD, DELETED = "1" * 32, "2" * 32, "3" * 32
KEY = "9" * 32
THEN = 1_700_000_000

Files = dict[str, bytes]

PLAIN_DOCUMENT: Document = {
    "enabled": True,
    "language_pack": "javascript",
    "name": "say hi",
    "limits": {"wall_time_ms": 500},
    "net": {"allow": ["api.example.com"]},
    "tool": {"description": "Says hi."},
    "input_schema": {"type": "object", "properties": {"b": {}, "a": {"minimum": 0.5}}},
    "custom": {"z": 1, "a": [1.0, 2, "\U0001f600"]},
    "function_js": "// ünder\r\nreturn call;\n",
}
ODD_DOCUMENT: Document = {
    "enabled": False,
    "language_pack": "javascript",
    "name": "odd",
    "function_js": "return '\ud800\x00'",
}
TRIGGERS: dict[str, dict[str, Any]] = {
    "schedule": {"schedule": "rate(1 day)"},
    "event": {"pattern": {"source": ["shop"]}},
    "bucket": {"bucket": "uploads"},
    "queue": {},
    "webhook": {},
    "http": {"path": "shop", "auth": {"type": "none"}},
}


def fill(store: Store) -> None:
    """Put the tenant, and an account beside it, into an empty store."""
    document: Document = {
        "enabled": True,
        "name": "Acme",
        "quotas": {"functions": 9},
        "x": {"y": 1},
    }
    store.accounts.add(Account(TOP, document, THEN, THEN + 1, revision=4))
    below: Document = {"enabled": False, "name": "below", "net": {"allow": []}}
    store.accounts.add(Account(CHILD, below, THEN, THEN, ancestor_ids=(TOP,)))
    store.accounts.add(Account(OTHER, {"enabled": True, "name": "beside"}, THEN, THEN))
    store.functions.add(a_function())
    store.functions.add(Function(CHILD, ODD, ODD_DOCUMENT, 1, THEN, THEN))
    deleted = Function(TOP, DELETED, ODD_DOCUMENT, 1, THEN, THEN)
    store.functions.add(deleted)
    store.functions.replace(deleted.removed(THEN), deleted)
    for number in (1, 2, 3, 4):
        store.versions.add(a_version(number))
    for number in (2, 4):
        store.versions.remove(a_version(number))
    store.aliases.add(an_alias())
    store.aliases.add(Alias(TOP, PLAIN, "Live", Target(3), "", THEN, THEN))
    for name in ("first", "second"):
        store.saved_calls.add(a_call(name))
    for number, kind in enumerate(TRIGGERS):
        store.triggers.add(a_trigger(number, kind))


def a_function() -> Function:
    breakers = {"$LATEST": Breaker("too slow", THEN + 60, 2)}
    return Function(
        TOP, PLAIN, PLAIN_DOCUMENT, 7, THEN, THEN + 5, False, breakers, None, KEY, KEY[:31] + "8"
    )


def a_version(number: int) -> Version:
    document: Document = {"language_pack": "javascript", "function_js": f"return {number};"}
    return Version(TOP, PLAIN, number, f"the {number}.", document, THEN + number, created_by=KEY)


def an_alias() -> Alias:
    moves = (Move(THEN, KEY, Target(2), Target(1), reason="in a hurry"),)
    shadow = Shadow(0.5, 3)
    return Alias(
        *(TOP, PLAIN, "live", Target(1, 3, 0.25), "what runs", THEN, THEN + 9, 5),
        *(moves, Contract.ENFORCED, shadow),
    )


def a_call(name: str) -> SavedCall:
    input_: Document = {"z": 1, "a": [{"deep": None}], "text": "\u2028\ud83d"}
    return SavedCall(TOP, PLAIN, name, input_, {"equal": 1.0}, THEN, THEN + 3, KEY, None, 3)


def a_trigger(number: int, kind: str) -> Trigger:
    document = {"enabled": True, "qualifier": "live", "name": kind, "type": kind, **TRIGGERS[kind]}
    own = "arn:aws:sqs:eu-central-1:123456789012:mine" if kind == "queue" else None
    return Trigger(
        TOP, PLAIN, f"{number + 1:032x}", document, THEN, THEN + number, 3, own_queue_arn=own
    )


def export(store: Store, folder: Path, account_id: str | None = None) -> Files:
    """Export a store, and return the files."""
    Exporter(store, folder).export(account_id)
    return files_in(folder)


def files_in(folder: Path) -> Files:
    """Return the files in a folder, by name."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}
