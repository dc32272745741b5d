"""Runs one of the programs beside it, under the interpreter that has the client.

The program is named by the argument; its `drive` is handed the steps, and, from standard input,
where the server is and who comes in. It is no module of `tests` there: kazoo-sdk installs a package
of that name itself.
"""

import json
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any


class Steps:
    """Tells of each step in a line of JSON on standard output.

    A step either returns or is refused: ``{"step", "returned"}``, or ``{"step", "raised", "args",
    …}`` with the name of the client's exception, its arguments and its attributes. Anything else
    that is raised ends the program.
    """

    def did(self, step: str, returned: object) -> Any:
        """Tell what a step returned, and return it."""
        self._write({"step": step, "returned": returned})
        return returned

    def refused(self, step: str, by: type[Exception], action: Callable[[], object]) -> None:
        """Tell how a step was refused, or what it returned if it was not."""
        try:
            returned = action()
        except by as error:
            raised = type(error).__name__
            self._write({"step": step, "raised": raised, "args": error.args, **vars(error)})
        else:
            self.did(step, returned)

    def _write(self, line: dict[str, object]) -> None:
        sys.stdout.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    given = json.load(sys.stdin)
    program = import_module(sys.argv[1])
    program.drive(Steps(), f"{given['url']}/v2", given["account_id"], given["api_key"])
