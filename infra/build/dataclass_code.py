"""Compile the methods of the dataclasses of a built Lambda, which each cold start would compile.

Imports every module of some packages but their handlers, and writes the code of all dataclasses
that are made meanwhile, for ``isolambda_core.domain.dataclass_code``. A module that needs what is
not here, or is for another processor, is left out: its classes are compiled as ever.

Run by Lambda's Python, with the Lambda and its layers on the path. Usage: dataclass_code.py FOLDER
PACKAGE...
"""

import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import CodeType

from isolambda_core.domain.dataclass_code import FILE, execute_with, write_compiled

_HANDLER = ("handler",)
"""The module of a package that reads settings and starts processes."""


def main(folder: str, *packages: str) -> None:
    """Write the code of the classes of packages to the file in a folder."""
    codes: dict[str, CodeType] = {}

    def compiled(text: str) -> CodeType:
        codes[text] = compile(text, "<string>", "exec")
        return codes[text]

    execute_with(compiled)
    for package in packages:
        for name in _modules(package):
            with suppress(ImportError):
                import_module(name)
    (Path(folder) / FILE).write_bytes(write_compiled(codes))


def _modules(package: str) -> list[str]:
    [folder] = import_module(package).__path__
    files = sorted(Path(folder).rglob("*.py"))
    parts = [file.relative_to(folder).with_suffix("").parts for file in files]
    names = [".".join((package, *each)) for each in parts if each != _HANDLER]
    return [name.removesuffix(".__init__") for name in names]


if __name__ == "__main__":
    main(*sys.argv[1:])
