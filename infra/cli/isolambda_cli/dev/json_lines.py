"""What ``isolambda dev --json`` prints: one line of JSON for all that happens."""

from collections.abc import Iterable, Mapping
from typing import Any

from isolambda_cli.dev.deployment import Notice
from isolambda_cli.output import print_json
from isolambda_cli.project.manifest import Project


class JsonLines:
    """Prints what happens to a project, for scripts; ``event`` says what a line is about."""

    def begin(self, url: str) -> None:
        """Print where the server is."""
        _print("serving", url=url, console=f"{url}/console")

    def show(self, notices: Iterable[Notice], since: float) -> None:
        """Print what became of parts of the project; when that began is for a person to know."""
        del since
        for notice in notices:
            event = "deployed" if notice.is_good else "not_deployed"
            message = notice.text or "does not compile; what was live before stays"
            _print(event, name=notice.name, message=message, error=notice.error)

    def executed(self, entry: Mapping[str, Any], project: Project) -> None:
        """Print an execution that ended, as the API's ``logs`` has it."""
        names = {spec.id: spec.name for spec in project.functions.values()}
        _print("executed", name=names.get(entry["function_id"]), execution=entry)

    def say(self, text: str) -> None:
        """Print why what was asked for is not done."""
        _print("refused", message=text)


def _print(event: str, **what: Any) -> None:
    print_json({"event": event, **what}, indent=None)
