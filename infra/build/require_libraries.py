"""Refuse a wheel or an sdist without what make builds of JavaScript (hatch's hook).

An sdist holds it, so to build a wheel of one needs neither make nor Node. An editable
installation sees it once it is there.
"""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_LAST_OF_EACH = {
    "functions/executor/isolambda_executor/platform/vendor/LICENSES.txt": "libraries",
    "infra/cli/isolambda_cli/testing/vendor/LICENSES.txt": "libraries",
    "functions/api/isolambda_api/console/app/LICENSES.txt": "console",
}
"""The files that make writes last, and the target of each."""


class RequireLibraries(BuildHookInterface[Any]):
    """Stops a build of what could not run."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """End the build with a message unless all of it is there."""
        for last, target in _LAST_OF_EACH.items():
            if version != "editable" and not (Path(self.root) / last).is_file():
                self.app.abort(
                    f"{last} is not built. Run `make {target}` first, "
                    "or build wheel and sdist with `make package`."
                )
