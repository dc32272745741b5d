"""Look which part of the surface of ECMA-429 an isolate has.

``ecma429.json`` lists it: interfaces, each with its members as TypeScript declares them, and
globals with their types. ``probe.js`` is a function that looks for each in the product's own
engine.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from isolambda_core.domain.executions.execution import ExecutionRequest
from isolambda_core.domain.functions.functions import FEATURES
from isolambda_core.domain.ids import new_id
from isolambda_executor.supervisor import Supervisor

_FOLDER: Final = Path(__file__).parent


@dataclass(frozen=True)
class Entry:
    """An interface or a global: how many members it has to have, and the names of those missing."""

    name: str
    members: int
    missing: tuple[str, ...]

    @property
    def is_there(self) -> bool:
        """Whether nothing is missing."""
        return not self.missing

    @property
    def present(self) -> int:
        """How many members are there."""
        return self.members - len(self.missing)


def read_surface() -> dict[str, Any]:
    """Return what the standard lists."""
    surface: dict[str, Any] = json.loads((_FOLDER / "ecma429.json").read_text(encoding="utf-8"))
    return surface


def probe(
    supervisor: Supervisor, features: tuple[str, ...] = (), before: str = ""
) -> tuple[Entry, ...]:
    """Return all entries, as an isolate with these features has them after a script ``before``.

    Raises:
        RuntimeError: the function that looks did not return.
    """
    request = ExecutionRequest(
        new_id(),
        "a" * 32,
        "f" * 32,
        "$LATEST",
        before + (_FOLDER / "probe.js").read_text(encoding="utf-8"),
        json.dumps(read_surface()),
        isolation="fresh",
        features=features,
    )
    result = supervisor.execute(request)
    if result.result is None:
        raise RuntimeError(f"the probe ended as {result.outcome}: {result.error}")
    found = json.loads(result.result)
    return tuple(Entry(each["entry"], each["members"], tuple(each["missing"])) for each in found)


def probe_all(supervisor: Supervisor) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
    """Return all entries for a function without features, and for one with every feature."""
    return probe(supervisor), probe(supervisor, FEATURES)
