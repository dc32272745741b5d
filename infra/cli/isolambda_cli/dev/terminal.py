"""What ``isolambda dev`` prints: lines, whether they go to a terminal or to a file."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from time import localtime, monotonic, strftime
from typing import Any

import typer

from isolambda_cli.dev.deployment import Notice
from isolambda_cli.project.errors import ProjectError
from isolambda_cli.project.files import read_text
from isolambda_cli.project.manifest import Project
from isolambda_cli.report import console_lines, error_lines
from isolambda_cli.terminal import printable
from isolambda_core.adapters.clock import SystemClock
from isolambda_core.domain.limits import SOURCE_BYTES

_ENTRIES = (None, "function.js", "function.ts")


class Terminal:
    """Prints what happens to the project in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def begin(self, url: str) -> None:
        """Print where the server is, and what can be done."""
        _print(f"serving on {typer.style(url, bold=True)}; the console is on {url}/console")
        _print("`isolambda run NAME --profile dev` executes; r runs the last call again, q ends")

    def show(self, notices: Iterable[Notice], since: float) -> None:
        """Print what became of parts of the project; ``since`` is when that began."""
        for notice in notices:
            if notice.is_good:
                took = f" ({(monotonic() - since) * 1e3:.0f} ms)" if notice.text == "live" else ""
                mark = typer.style(printable(notice.name), fg=typer.colors.GREEN)
                _print(f"{_time()} {mark} {printable(notice.text)}{took}")
                continue
            mark = typer.style(printable(notice.name), fg=typer.colors.RED)
            if notice.error is None:
                _print(f"{_time()} {mark} {printable(notice.text)}")
                continue
            _print(f"{_time()} {mark} does not compile; what was live before stays")
            self._error(notice.error, str(notice.error["file"]))

    def executed(self, entry: Mapping[str, Any], project: Project) -> None:
        """Print an execution that ended."""
        specs = {spec.id: spec for spec in project.functions.values()}
        spec = specs.get(entry["function_id"])
        name = entry["function_id"] if spec is None else spec.name
        outcome = entry.get("outcome") or entry.get("status")
        color = typer.colors.GREEN if outcome == "ok" else typer.colors.RED
        took = (entry.get("usage") or {}).get("wall_ms")
        time = "" if took is None else f" {took:g} ms"
        _print(
            f"{_time()} {printable(name)} {typer.style(printable(str(outcome)), fg=color)}{time}"
        )
        for line in console_lines(entry.get("logs")):
            _print(f"  {line}")
        if entry.get("error"):
            self._error(entry["error"], None if spec is None else spec.main)

    def say(self, text: str) -> None:
        """Print why what was asked for is not done."""
        _print(printable(text))

    def _error(self, error: Mapping[str, Any], main: str | None) -> None:
        if error.get("file") in _ENTRIES and main is not None:
            error = {**error, "file": main}
        for line in error_lines(error, self._line):
            _print(f"  {line}")

    def _line(self, file: str | None, line: int) -> str | None:
        with suppress(ProjectError):
            lines = read_text(self._folder, str(file), SOURCE_BYTES).split("\n")
            return lines[line - 1].rstrip("\r") if 0 < line <= len(lines) else None
        return None


def _print(line: str) -> None:
    typer.echo(line)


def _time() -> str:
    return strftime("%H:%M:%S", localtime(SystemClock().now()))
