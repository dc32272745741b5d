"""Look which part of the surface of ECMA-429 an isolate has.

``ecma429.json`` lists it: interfaces, each with its members as TypeScript declares them, and
globals with their types. ``beside.json`` lists what isolates have beside it. ``probe.js`` is a
function that looks for each in the product's own engine.
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


Surface = dict[str, Any]


def read_surface() -> Surface:
    """Return what the standard lists."""
    return _read("ecma429.json")


def read_beside() -> Surface:
    """Return what is beside the standard."""
    return _read("beside.json")


def _read(name: str) -> Surface:
    surface: Surface = json.loads((_FOLDER / name).read_text(encoding="utf-8"))
    return surface


def probe(
    supervisor: Supervisor,
    features: tuple[str, ...] = (),
    before: str = "",
    surface: Surface | None = None,
) -> tuple[Entry, ...]:
    """Return all entries, as an isolate with these features has them after a script ``before``.

    They are those of ``surface``, by default of the standard.

    Raises:
        RuntimeError: the function that looks did not return.
    """
    request = ExecutionRequest(
        new_id(),
        "a" * 32,
        "f" * 32,
        "$LATEST",
        before + (_FOLDER / "probe.js").read_text(encoding="utf-8"),
        json.dumps(surface or read_surface()).encode(),
        isolation="fresh",
        features=features,
    )
    result = supervisor.execute(request)
    if result.result is None:
        raise RuntimeError(f"the probe ended as {result.outcome}: {result.error}")
    found = json.loads(result.result)
    return tuple(Entry(each["entry"], each["members"], tuple(each["missing"])) for each in found)


@dataclass(frozen=True)
class Found:
    """The entries of a function without features and with all, and those beside the standard."""

    without: tuple[Entry, ...]
    everything: tuple[Entry, ...]
    beside: tuple[Entry, ...]


def probe_all(supervisor: Supervisor) -> Found:
    """Return everything that is there, and everything that is missing."""
    return Found(
        probe(supervisor),
        probe(supervisor, FEATURES),
        probe(supervisor, FEATURES, surface=read_beside()),
    )
