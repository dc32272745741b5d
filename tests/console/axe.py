"""axe, which looks for what keeps people from using a page."""

from pathlib import Path
from typing import Any, cast

from playwright.sync_api import Page

_PROGRAM = Path(__file__).parents[2] / ".venv-console-check/node_modules/axe-core/axe.min.js"
_GRAVE = {"serious", "critical"}
_RUN = "() => axe.run(document, { resultTypes: ['violations'] })"


def findings(page: Page) -> list[str]:
    """Return the serious and critical findings on a page, each with the elements it is about."""
    # What is evaluated so is not under the policy of the page, and a script in it would be.
    page.evaluate(_PROGRAM.read_text(encoding="utf-8"))
    result = cast("dict[str, Any]", page.evaluate(_RUN))
    return [
        f"{each['id']} ({each['impact']}): {node['html']}"
        for each in result["violations"]
        if each["impact"] in _GRAVE
        for node in each["nodes"]
    ]
