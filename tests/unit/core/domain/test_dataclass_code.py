"""Dataclasses take the code of their methods from a file of the build's, or compile it as ever."""

import builtins
import dataclasses
from collections.abc import Callable
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from isolambda_core.domain.dataclass_code import (
    FILE,
    execute_with,
    take_compiled,
    write_compiled,
)

BUILT = "built"


@pytest.fixture(autouse=True)
def execute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give dataclasses their own ``exec`` back after a test."""
    monkeypatch.setitem(vars(dataclasses), "exec", builtins.exec)


@pytest.fixture
def module(tmp_path: Path) -> str:
    """The path of a module in a package beside the file."""
    return f"{tmp_path}/package/module.py"


def point() -> type[Any]:
    @dataclasses.dataclass(frozen=True, slots=True)
    class Point:
        """A point."""

        x: int
        y: int = 2

    return Point


def place() -> type[Any]:
    @dataclasses.dataclass(frozen=True)
    class Place:
        """Not a point."""

        name: str

    return Place


def build(folder: Path, make: Callable[[], object]) -> Path:
    """Write the file for the classes that a function makes, as the build does."""
    codes: dict[str, CodeType] = {}

    def compiled(text: str) -> CodeType:
        codes[text] = compile(text, BUILT, "exec")
        return codes[text]

    execute_with(compiled)
    make()
    execute_with(lambda text: text)
    file = folder / FILE
    file.write_bytes(write_compiled(codes))
    return file


def origin(made: type[Any]) -> str:
    """Return where the code of a class's constructor was compiled."""
    name: str = made.__init__.__code__.co_filename
    return name


def test_a_class_that_the_build_met_takes_its_code_from_the_file(
    tmp_path: Path, module: str
) -> None:
    build(tmp_path, point)

    take_compiled(module)
    made = point()

    assert origin(made) == BUILT
    assert made(1) == made(1, 2) != made(2, 1)
    assert repr(made(1)).endswith("Point(x=1, y=2)")
    assert hash(made(1)) == hash(made(1, 2))
    with pytest.raises(dataclasses.FrozenInstanceError):
        made(1).x = 2


def test_a_class_that_it_did_not_meet_is_compiled(tmp_path: Path, module: str) -> None:
    build(tmp_path, point)

    take_compiled(module)

    assert origin(place()) == "<string>"
    assert place()("here").name == "here"


def test_without_the_file_each_class_is_compiled(module: str) -> None:
    take_compiled(module)

    assert vars(dataclasses)["exec"] is builtins.exec


def test_the_file_of_another_python_is_left_alone(tmp_path: Path, module: str) -> None:
    file = build(tmp_path, point)
    file.write_bytes(file.read_bytes().replace(MAGIC_NUMBER, b"other", 1))

    take_compiled(module)

    assert origin(point()) == "<string>"
