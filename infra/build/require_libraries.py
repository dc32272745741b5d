"""Refuse a wheel or an sdist without the libraries in JavaScript, which make builds (hatch's hook).

An sdist holds them, so to build a wheel of one needs neither make nor Node. An editable
installation sees them once they are there.
"""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_LAST_OF_THEM = "functions/executor/isolambda_executor/platform/vendor/LICENSES.txt"


class RequireLibraries(BuildHookInterface[Any]):
    """Stops a build of what could not run."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """End the build with a message unless the libraries are there."""
        if version != "editable" and not (Path(self.root) / _LAST_OF_THEM).is_file():
            self.app.abort(
                "The libraries in JavaScript are not built. Run `make libraries` first, "
                "or build wheel and sdist with `make package`."
            )
