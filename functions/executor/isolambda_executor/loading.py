"""Load V8's library in a thread, beside the imports of the fork server's process.

The library and the data of ICU take half as long as all those imports, and need no Python.
"""

import os
import sys
from collections.abc import Callable
from importlib import import_module
from threading import Thread
from types import ModuleType
from typing import Any, Final

from isolambda_executor.native import read_icu_data

_MODULES_IN_C: Final = (
    "_bisect", "_json", "_socket", "array", "fcntl", "math", "mmap", "resource", "select",
    "termios",
)  # fmt: skip
"""Those of the imports beside. The system loads one library at a time, so these come first."""
_INSPECT: Final = "inspect"


def _stand_in_for_inspect() -> ModuleType:
    """Return what spares dataclasses the import of ``inspect`` (10 ms) for one of its functions."""
    module = ModuleType(_INSPECT)
    vars(module).update(get_annotations=_annotations_of, __getattr__=_of_inspect)
    return module


def _annotations_of(made: type) -> dict[str, Any]:
    return dict(vars(made).get("__annotations__", {}))


def _of_inspect(name: str) -> Any:
    """Return any other attribute, of the module itself, which takes its place."""
    sys.modules.pop(_INSPECT, None)
    return getattr(import_module(_INSPECT), name)


def begin() -> Callable[[], None]:
    """Begin to load, and return what waits for the end; the process has one thread then.

    What is returned raises:
        ModuleNotFoundError: ``py_mini_racer`` is not installed.
        OSError: its library, or the data of ICU, cannot be loaded here.
    """
    for name in _MODULES_IN_C:
        import_module(name)
    failures: list[BaseException] = []

    def load() -> None:
        try:
            read_icu_data()
        except BaseException as error:  # it is raised in the other thread
            failures.append(error)

    thread = Thread(target=load)
    thread.start()
    stand_in = sys.modules.setdefault(_INSPECT, _stand_in_for_inspect())
    from isolambda_core.domain.dataclass_code import take_compiled  # noqa: PLC0415 - beside it

    take_compiled(__file__)

    def finish() -> None:
        thread.join()
        # The kernel counts it a little longer, and gives no namespaces to a process with threads.
        while len(os.listdir("/proc/self/task")) > 1:  # noqa: PTH208 - pathlib is not imported
            os.sched_yield()
        if sys.modules.get(_INSPECT) is stand_in:
            del sys.modules[_INSPECT]
        if failures:
            raise failures[0]

    return finish
