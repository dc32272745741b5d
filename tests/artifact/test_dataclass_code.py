"""The build compiles the methods of the dataclasses that a built Lambda makes when it starts."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.artifact.layout import lay_out

Template = dict[str, Any]

MODULES = {
    "ApiFunction": ("isolambda_api", ["isolambda_api.bootstrap"]),
    "DispatcherFunction": ("isolambda_dispatcher", ["isolambda_dispatcher.bootstrap"]),
    "ExecutorFunction": (
        "isolambda_executor",
        ["isolambda_executor.supervisor", "isolambda_executor.forked"],
    ),
}
PROGRAM = """
import builtins
import dataclasses
import json
import sys
from importlib import import_module

task, opt, package, *modules = sys.argv[1:]
sys.path[:0] = [task, f"{opt}/python"]

from isolambda_core.domain.dataclass_code import take_compiled

compiled = []

def compile_here(source, *options, **named):
    if isinstance(source, str):
        compiled.append(source.partition("\\n")[0])
    builtins.exec(source, *options, **named)

take_compiled(f"{task}/{package}/handler.py")
took = vars(dataclasses).pop("exec", None)
made = 0

def execute(text, names, found):
    global made
    made += 1
    took(text, names, found)

import isolambda_core.domain.dataclass_code as dataclass_code
dataclass_code.exec = compile_here
dataclasses.exec = execute if took else compile_here
for module in modules:
    import_module(module)
print(json.dumps([made, compiled]))
"""


@pytest.mark.parametrize("function", MODULES)
def test_a_built_lambda_compiles_no_dataclass_of_those_it_starts_with(
    function: str, python: str, build: Path, built_template: Template, tmp_path: Path
) -> None:
    laid_out = lay_out(function, build, built_template, tmp_path)
    package, modules = MODULES[function]

    finished = subprocess.run(
        [python, "-I", "-S", "-B", "-c", PROGRAM, laid_out.task, laid_out.opt, package, *modules],
        env=laid_out.environment,
        capture_output=True,
        check=True,
        timeout=120,
    )
    made, compiled = json.loads(finished.stdout)

    assert made > 0
    assert compiled == []
