"""The C functions are called as the library's own Python calls them, also in a release to come."""

import ctypes
from importlib.util import find_spec
from pathlib import Path

import pytest
from py_mini_racer import DEFAULT_V8_FLAGS
from py_mini_racer._dll import MR_CALLBACK, RawValueHandle, _build_dll_handle, _RawValue

from isolambda_executor import native
from isolambda_executor.native import REPORT, V8_FLAGS, VALUE


@pytest.fixture(scope="module")
def theirs() -> ctypes.CDLL:
    package = find_spec("py_mini_racer")
    assert package is not None
    assert package.origin is not None
    return _build_dll_handle(Path(package.origin).with_name("libmini_racer.so"))


def _known(kind: object) -> object:
    """Return a type of ours as theirs."""
    same = {REPORT: MR_CALLBACK, ctypes.c_void_p: RawValueHandle}
    return same.get(kind, kind)


@pytest.mark.parametrize(
    ("name", "result", "arguments"),
    native._FUNCTIONS,
    ids=[name for name, *_ in native._FUNCTIONS],
)
def test_a_function_takes_and_returns_what_theirs_does(
    theirs: ctypes.CDLL, name: str, result: object, arguments: tuple[object, ...]
) -> None:
    function = getattr(theirs, name)

    assert [_known(argument) for argument in arguments] == list(function.argtypes)
    # They do not say of most functions that nothing comes back.
    assert result is None or _known(result) == function.restype


def test_a_value_lies_in_memory_as_theirs_does() -> None:
    value = _RawValue.from_buffer_copy(VALUE.pack(2**63 - 2, 7, 5))

    assert ctypes.sizeof(_RawValue) == VALUE.size
    assert (value.value.int_val, value.len, value.type) == (2**63 - 2, 7, 5)


def test_v8_starts_with_the_flags_that_it_was_built_for() -> None:
    assert {*DEFAULT_V8_FLAGS} <= {*V8_FLAGS}


def test_a_library_that_is_not_there_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "find_spec", lambda _name: None)

    with pytest.raises(ModuleNotFoundError):
        native._folder.__wrapped__()
