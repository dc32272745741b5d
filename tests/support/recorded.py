"""Events as AWS sends them, one file each."""

import json
from pathlib import Path
from typing import Any, cast

EVENTS = Path(__file__).parents[1] / "events"


def recorded(name: str) -> dict[str, Any]:
    """Return a recorded event, fresh each time."""
    return cast("dict[str, Any]", json.loads((EVENTS / f"{name}.json").read_text("utf-8")))
