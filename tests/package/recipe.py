"""The recipe of the image, as far as it says how a container runs."""

import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from tests.package.dist import ROOT

PATH = ROOT / "infra/image/Dockerfile"
_FORM = re.compile(r"^(?:HEALTHCHECK .*)?(?P<name>ENTRYPOINT|CMD) (?P<words>\[.*\])$")


@dataclass(frozen=True)
class Recipe:
    """What a container runs, as which user and where; the words are those of exec forms."""

    command: list[str]
    health: list[str]
    user: str
    folder: str
    port: int


def read(path: Path = PATH) -> Recipe:
    """Return the recipe of the last stage."""
    text = path.read_text().rpartition("\nFROM ")[2]
    words: dict[str, list[str]] = {}
    for line in text.splitlines():
        if (found := _FORM.match(line)) is not None:
            name = "HEALTHCHECK" if line.startswith("HEALTHCHECK") else found["name"]
            words[name] = cast("list[str]", json.loads(found["words"]))
    rest = dict(re.findall(r"^(USER|WORKDIR|EXPOSE|VOLUME) (\S+)$", text, re.MULTILINE))
    assert rest["VOLUME"] == rest["WORKDIR"]
    return Recipe(
        words["ENTRYPOINT"] + words["CMD"],
        words["HEALTHCHECK"],
        rest["USER"],
        rest["WORKDIR"],
        int(rest["EXPOSE"]),
    )


def removals(environment: Path) -> list[list[str]]:
    """Return the commands that remove from an environment what the image does without."""
    text = PATH.read_text().replace("\\\n", " ")
    found = re.findall(r"find /opt/isolambda/lib [^;\n]* -delete", text)
    return [shlex.split(each.replace("/opt/isolambda", str(environment))) for each in found]
