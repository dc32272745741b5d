"""Exports and imports that are killed at each of their steps; ``test_moving_killed`` reads on.

Its arguments are ``export`` or ``import``, and a folder of its own. For each step there is a child
that kills itself with SIGKILL there; then the same is done again, into the same place. On stderr is
a JSON line for each: the step, and whether all is as without a kill.
"""

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from isolambda_cli.main import app
from isolambda_cli.moving.exporting import Exporter
from isolambda_local.data_directory import DATABASE_NAME
from isolambda_local.sqlite import open_store
from isolambda_local.sqlite.database import Database
from tests.unit.cli.moving.installation import Files, files_in, fill

Work = Callable[[], object]


def killing(steps: Iterator[int], at: int, do: Callable[..., Any]) -> Callable[..., Any]:
    """Return what does as ``do``, with a step before it and one behind it."""

    def step(*arguments: Any, **named: Any) -> Any:
        if next(steps) == at:
            os.kill(os.getpid(), signal.SIGKILL)
        done = do(*arguments, **named)
        if next(steps) == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    return step


def is_killed(work: Work, at: int) -> bool:
    """Do some work in a child that is killed at a step, and return whether there is such a step."""
    child = os.fork()
    if child == 0:
        steps = count()
        # Each change of a folder, and each transaction of a database.
        for name in ("replace", "mkdir", "unlink", "rmdir"):
            setattr(os, name, killing(steps, at, getattr(os, name)))
        writing = Database.writing

        @contextmanager
        def killed(database: Database) -> Iterator[Any]:
            with writing(database) as connection:
                yield connection
            killing(steps, at, lambda: None)()

        setattr(Database, "writing", killed)  # noqa: B010 - mypy knows no other way
        work()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, status
    return os.WIFSIGNALED(status)


def exporting(data: Path, folder: Path) -> None:
    with closing(open_store(data / DATABASE_NAME)) as store:
        Exporter(store, folder).export(None)


def importing(folder: Path, data: Path) -> None:
    try:
        app(["admin", "import", str(folder), "--data-dir", str(data), "--json"])
    except SystemExit as end:
        if end.code:
            raise


def play(kind: str, base: Path) -> Iterator[dict[str, Any]]:
    source, whole, into = base / "source", base / "whole", base / "into"
    source.mkdir()
    with closing(open_store(source / DATABASE_NAME)) as store:
        fill(store)
    exporting(source, whole)
    expected = files_in(whole)
    shutil.copytree(whole, base / "earlier")
    if kind == "export":  # over one that has other files, and other contents
        for path in (base / "earlier" / "accounts").rglob("*.js"):
            path.rename(path.with_suffix(".mjs"))
        for path in (base / "earlier" / "accounts").rglob("*.json"):
            path.write_text("{}")
    earlier = files_in(base / "earlier")
    for at in count():
        shutil.rmtree(into, ignore_errors=True)
        if kind == "export":
            shutil.copytree(base / "earlier", into)
        killed = is_killed(lambda: do(kind, source, whole, into), at)
        assert kind == "import" or is_honest(into, expected, earlier)
        do(kind, source, whole, into)
        if kind == "import":
            exporting(into, base / "again")
        found = files_in(into if kind == "export" else base / "again")
        yield {"step": at, "killed": killed, "same": found == expected, **left(kind, into)}
        if not killed:
            return


def is_honest(folder: Path, *wholes: Files) -> bool:
    """Return whether an export that says that it is whole is one of these."""
    found = files_in(folder)
    said = {name: data for name, data in found.items() if "/." not in f"/{name}"}
    return b'"whole": true' not in found["isolambda-export.json"] or said in wholes


def do(kind: str, source: Path, whole: Path, into: Path) -> None:
    if kind == "export":
        exporting(source, into)
    else:
        importing(whole, into)


def left(kind: str, into: Path) -> dict[str, Any]:
    """Return what else there is to say of an import: whether what it has imported is bound."""
    if kind == "export":
        return {}
    with closing(open_store(into / DATABASE_NAME)) as store:
        scheduled = store.queue.scheduled(f"{1:032x}") is not None
        return {"bound": scheduled and store.watches.has(f"{3:032x}", "uploads")}


if __name__ == "__main__":
    for line in play(sys.argv[1], Path(sys.argv[2])):
        sys.stderr.write(f"{json.dumps(line)}\n")
