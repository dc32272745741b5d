"""Declare for TypeScript what the functions of a project take and return, by their schemas."""

from collections.abc import Iterator

from isolambda_cli.project.functions import FunctionSpec
from isolambda_cli.project.manifest import Project
from isolambda_cli.project.schemas import SCHEMAS
from isolambda_core.domain.json_text import dump
from isolambda_core.domain.schemas.typescript import type_of

_ANY_CALL = "\ndeclare const call: any;\n"
_HEAD = """
/** What the functions of the project that have schemas take and return. */
interface IsolambdaFunctions {
"""
_TAIL = """}

/** A function of the project, by its name: what a default export is. */
type IsolambdaFunction<Name extends keyof IsolambdaFunctions> = (
  call: IsolambdaFunctions[Name]["call"],
  context: IsolambdaContext,
) => IsolambdaFunctions[Name]["result"] | Promise<IsolambdaFunctions[Name]["result"]>;
"""


def declarations_for(project: Project, declared: str) -> str:
    """Return what is ``declared`` for all functions, with what the schemas of a project say.

    The global ``call`` has a type where the project has one function.
    """
    functions = project.functions.values()
    specs = [spec for spec in functions if not spec.settings.keys().isdisjoint(SCHEMAS)]
    if not specs:
        return declared
    if len(functions) == 1:
        declared = declared.replace(_ANY_CALL, f"\ndeclare const call: {_type(specs[0], 0)};\n", 1)
    return f"{declared}{_HEAD}{''.join(line for spec in specs for line in _lines(spec))}{_TAIL}"


def _lines(spec: FunctionSpec) -> Iterator[str]:
    yield f"  {dump(spec.name)}: {{\n"
    for index, name in enumerate(("call", "result")):
        written = _type(spec, index).replace("\n", "\n    ")
        yield f"    {name}: {written};\n"
    yield "  };\n"


def _type(spec: FunctionSpec, index: int) -> str:
    return type_of(spec.settings.get(SCHEMAS[index], True))
