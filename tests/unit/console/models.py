"""Run what the console makes of the API's answers, without a browser."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.waiting import WAIT_S

NODE = shutil.which("node") or ""
Evaluate = Callable[..., Any]
"""Returns the JSON of an expression that uses ``models`` and what is given by name."""

_ROOT = Path(__file__).parents[3]
_SOURCES = _ROOT / "functions/api/console/src"
_ESBUILD = _ROOT / ".venv-npm/node_modules/.bin/esbuild"  # made by `make setup`
_MODELS = (
    *("editor/declarations", "model/functions", "model/inputs", "model/line_diff"),
    *("model/sample_event", "model/timeline", "model/times", "model/trigger_forms"),
    *("model/usage", "model/versions", "model/webhook_signature"),
)
"""What needs no page."""


def evaluator(folder: Path) -> Evaluate:
    """Bundle all models into a folder, and return what evaluates an expression with them."""
    exports = (f"export * from {json.dumps(str(_SOURCES / name))};" for name in _MODELS)
    (folder / "all.ts").write_text("\n".join(exports))
    subprocess.run(
        [
            *(_ESBUILD, folder / "all.ts", f"--outfile={folder / 'all.js'}"),
            *("--bundle", "--format=cjs", "--platform=node", "--log-level=error"),
        ],
        check=True,
        timeout=WAIT_S,
    )

    def evaluate(expression: str, **given: Any) -> Any:
        program = (
            "process.env.TZ = 'Europe/Vilnius';"
            f"const models = require({json.dumps(str(folder / 'all.js'))});"
            f"const {{{', '.join(given)}}} = JSON.parse(process.argv[1]);"
            f"const evaluate = async () => {expression};"
            "evaluate().then((value) => console.log(JSON.stringify(value)));"
        )
        ran = subprocess.run(
            [NODE, "-e", program, json.dumps(given)],
            check=True,
            capture_output=True,
            text=True,
            timeout=WAIT_S,
        )
        return json.loads(ran.stdout)

    return evaluate
