"""Run esbuild, the bundler, as the author has it: in the project, or on the path."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from isolambda_cli.project.errors import BundleError

ENTRIES = "isolambda-entries"
"""The folder of what is bundled and is no file of the author's."""
_TIMEOUT_S = 120
_ERROR = "[ERROR] "
_SHOWN = 3
"""How many of the bundler's errors are shown."""
_COMMON = (
    "--bundle",
    "--format=esm",
    "--platform=neutral",
    "--charset=utf8",
    "--color=false",
    "--log-level=error",
)


def find_esbuild(folder: Path) -> str:
    """Return the path of esbuild.

    Raises:
        BundleError: there is none; the error says what to install.
    """
    own = folder / "node_modules/.bin/esbuild"
    found = str(own) if os.access(own, os.X_OK) else shutil.which("esbuild")
    if found is None:
        raise BundleError(
            "packages are bundled by esbuild, which is neither in the project nor on the path; "
            "with Node.js, `npm install --save-dev esbuild` installs it"
        )
    return found


def run_esbuild(
    folder: Path, entries: Sequence[str], output: Path, *options: str
) -> Mapping[str, Any]:
    """Bundle entries into a folder, and return what esbuild tells of it (its metafile).

    Packages are looked up from the project's folder, wherever the entries are.

    Raises:
        BundleError: there is no esbuild, or it found a mistake.
    """
    metafile = output.with_suffix(".json")
    command = (find_esbuild(folder), *entries, f"--outdir={output}", f"--metafile={metafile}")
    looked_up = (str(each / "node_modules") for each in (folder, *folder.parents))
    environment = {**os.environ, "NODE_PATH": os.pathsep.join(looked_up)}  # noqa: TID251 - the author's
    try:
        ended = subprocess.run(  # noqa: S603 - the author's own bundler, without a shell
            (*command, *_COMMON, *options),
            cwd=folder,
            env=environment,
            capture_output=True,
            check=False,
            timeout=_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired as error:
        raise BundleError(f"esbuild takes longer than {_TIMEOUT_S} s") from error
    except OSError as error:
        raise BundleError(f"{command[0]} does not start: {error.strerror}") from error
    if ended.returncode != 0:
        raise BundleError(f"esbuild: {_errors(ended.stderr.decode(errors='replace'))}")
    found: Mapping[str, Any] = json.loads(metafile.read_bytes())
    return found


def _is_shown(place: str) -> bool:
    """Return whether a place is in a file of the author's, or of a package."""
    return f"/{ENTRIES}/" not in place


def _errors(output: str) -> str:
    lines = output.splitlines()
    found: list[str] = []
    for index, line in enumerate(lines):
        if _ERROR in line:
            place = lines[index + 2].strip() if index + 2 < len(lines) else ""
            found.append(f"{place if _is_shown(place) else ''} {line.partition(_ERROR)[2]}".strip())
    return "; ".join(found[:_SHOWN]) or output.strip()[-1000:]
