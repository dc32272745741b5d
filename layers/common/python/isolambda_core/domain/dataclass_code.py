"""Have dataclasses take the code of their methods from a file that the build wrote.

``dataclasses`` writes the methods of each class as one text, and compiles it when the class is
made. That is two thirds of the time that a class takes, and was a fifth of the API's cold start, so
the build compiles the texts before (``infra/build/dataclass_code.py``). A text that it did not meet
is compiled as ever, and so are all where there is no such file, or one of another Python.
"""

import dataclasses
import marshal
from collections.abc import Callable
from importlib.util import MAGIC_NUMBER
from types import CodeType
from typing import Any, Final

FILE: Final = "dataclass_code.bin"
"""The name of the file, which lies beside the packages of a built Lambda."""


def take_compiled(module: str) -> None:
    """Take the code of the classes that are made from now on from the file, if there is one.

    ``module`` is the path of a module in a package beside it.
    """
    folder = module.rsplit("/", 2)[0]
    try:
        with open(f"{folder}/{FILE}", "rb") as file:  # noqa: PTH123 - pathlib takes too long here
            content = file.read()
    except FileNotFoundError:  # a checkout, or a build without bytecode
        return
    if content.startswith(MAGIC_NUMBER):
        codes: dict[str, bytes] = marshal.loads(content[len(MAGIC_NUMBER) :])  # noqa: S302
        execute_with(lambda text: marshal.loads(codes[text]) if text in codes else text)  # noqa: S302


def write_compiled(codes: dict[str, CodeType]) -> bytes:
    """Return the content of the file, from the code of each text."""
    return MAGIC_NUMBER + marshal.dumps(
        {text: marshal.dumps(codes[text]) for text in sorted(codes)}
    )


def execute_with(compiled: Callable[[str], CodeType | str]) -> None:
    """Have dataclasses execute what a function returns for a text."""

    def execute(text: str, names: dict[str, Any], found: dict[str, Any]) -> None:
        exec(compiled(text), names, found)  # noqa: S102 - as dataclasses does

    vars(dataclasses)["exec"] = execute  # before the built-in one
