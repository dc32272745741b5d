"""What was built, and what runs it here: each Lambda under Lambda's own emulator."""

import platform
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from infra.build import python313
from tests.artifact.emulator import Emulator
from tests.artifact.layout import Template, lay_out
from tests.bench.cost.counts import DISPATCHER
from tests.support.built import BUILD, EMULATOR, MACHINES, ROOT, RUNTIME

# The dispatcher's callbacks go to the internet, and only there; these go to the account instead.
_CALLBACKS_HERE: Final = """
import http.client
import os

from isolambda_core.adapters import http_callbacks


def post(self, url, headers, body):
    connection = http.client.HTTPConnection(os.environ["AWS_ENDPOINT_URL"].partition("//")[2])
    connection.request("POST", "/", body, headers)
    connection.getresponse().read()
    connection.close()


http_callbacks.HttpsCallbacks.post = post

from isolambda_dispatcher.handler import handler
"""


class CannotRunError(Exception):
    """What was built cannot run here; says why."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """The build's template, and a Python and an emulator of Lambda to run the build with."""

    template: Template
    python: str
    program: Path

    def start(self, name: str, environment: Mapping[str, str], folder: Path) -> Emulator:
        """Start an environment of a Lambda in a folder, with more variables than the template's."""
        laid_out = lay_out(name, BUILD, self.template, folder)
        if name == DISPATCHER:
            (laid_out.task / "callbacks_here.py").write_text(_CALLBACKS_HERE, encoding="utf-8")
            laid_out = replace(laid_out, handler="callbacks_here.handler")
        laid_out = replace(laid_out, environment={**laid_out.environment, **environment})
        return Emulator(self.program, self.python, RUNTIME, laid_out, folder / "log")

    def parameter(self, value: Any) -> Any:
        """Return what a property is by default."""
        return self.template["Parameters"][value["Ref"]]["Default"] if "Ref" in value else value

    def resources(self, kind: str) -> list[dict[str, Any]]:
        """Return the properties of every resource of a kind."""
        found = self.template["Resources"].values()
        return [each["Properties"] for each in found if each["Type"] == kind]

    def writes_lambdas_lines(self) -> bool:
        """Return whether Lambda itself logs the start, the end and a report of invocations."""
        logging = self.template["Globals"]["Function"].get("LoggingConfig", {})
        return logging.get("SystemLogLevel", "INFO") in ("DEBUG", "INFO")

    def memory_mb(self, name: str) -> int:
        """Return how much memory a Lambda has by default."""
        return int(self.parameter(self.template["Resources"][name]["Properties"]["MemorySize"]))


def find() -> Runtime:
    """Return what ``make build`` left here, and what runs it.

    Raises:
        CannotRunError: there is no Python 3.13, or the build is for another processor.
    """
    template: Template = yaml_parse((BUILD / "template.yaml").read_text())
    architecture = template["Resources"]["V8Layer"]["Metadata"]["BuildArchitecture"]
    if platform.machine() not in MACHINES[architecture]:
        raise CannotRunError(f"BUILT FOR {architecture}, which does not run on this machine")
    if (python := python313.find()) is None:
        raise CannotRunError(f"{python313.NONE_HERE}: install python3.13")
    [program] = ROOT.glob(f".venv-sam/lib/python3*/{EMULATOR}-{architecture}")
    return Runtime(template, python, program)
