"""Count the tokens that texts take of a model's context, by a tokenizer that a package carries.

It is that of GPT-4o and later (o200k_base), as js-tiktoken has it: the vocabularies that publishers
give for others are fetched when they are used, or are not public. Others differ by a tenth or so.
"""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final, cast

ROOT: Final = Path(__file__).parents[2]
_NODE: Final = ROOT / ".venv-node/bin/node"
_MODULES: Final = ROOT / ".venv-clients/tokens/node_modules"
_PROGRAM: Final = """
const { Tiktoken } = require('js-tiktoken/lite');
const ranks = require('js-tiktoken/ranks/o200k_base');
const tokenizer = new Tiktoken(ranks.default ?? ranks);
const texts = JSON.parse(require('fs').readFileSync(0, 'utf8'));
console.log(JSON.stringify(texts.map((text) => tokenizer.encode(text, [], []).length)));
"""


def token_counts(texts: Sequence[str]) -> list[int]:
    """Return how many tokens each text takes; ``make setup-clients`` has installed what counts."""
    done = subprocess.run(
        [_NODE, "-e", _PROGRAM],
        input=json.dumps(texts),
        env={"NODE_PATH": str(_MODULES)},
        capture_output=True,
        text=True,
        check=True,
    )
    return cast("list[int]", json.loads(done.stdout))
