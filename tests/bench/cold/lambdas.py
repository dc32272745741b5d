"""The built Lambdas and bare ones of the same files, each started as often as wanted."""

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

from tests.artifact.emulator import Emulator
from tests.artifact.layout import Layout, lay_out
from tests.bench.cost.runtime import Runtime
from tests.bench.figures import Samples
from tests.support.built import BUILD, RUNTIME


class Lambdas:
    """Lambdas laid out in a folder; Lambda's own runtime is compiled, as it is there."""

    def __init__(self, runtime: Runtime, folder: Path, endpoint: str) -> None:
        self._runtime = runtime
        self._folder = folder
        self._endpoint = endpoint
        self._lambdas_own = folder / "runtime"
        shutil.copytree(RUNTIME, self._lambdas_own)
        self._compile(self._lambdas_own)

    def ours(self, name: str) -> Layout:
        """Return a Lambda as it was built, with no token bucket to fill in the empty table."""
        layout = lay_out(name, BUILD, self._runtime.template, self._folder / name)
        here = {"AWS_ENDPOINT_URL": self._endpoint, "BUCKET_TOKENS": "0"}
        return replace(layout, environment={**layout.environment, **here})

    def bare(self, module: str, beside: Layout) -> Layout:
        """Return a handler of this package beside ours, with the same files around it."""
        self._compile(Path(shutil.copy(Path(__file__).with_name(f"{module}.py"), beside.task)))
        return replace(beside, handler=f"{module}.handler")

    def start(
        self, layout: Layout, event: bytes, is_expected: Callable[[Any], bool]
    ) -> Callable[[], Samples]:
        """Return what starts an environment of a Lambda, and times it up to its first answer."""
        runtime = self._runtime

        def start() -> Samples:
            with Emulator(
                runtime.program, runtime.python, self._lambdas_own, layout, self._folder / "log"
            ) as emulator:
                emulator.await_listening()
                began = perf_counter()
                answer = emulator.invoke(event)
                took_s = perf_counter() - began
            assert is_expected(json.loads(answer)), answer
            return [took_s]

        return start

    def _compile(self, path: Path) -> None:
        """Compile as ``infra/build/lambda.mk`` does."""
        mode = ("--invalidation-mode", "unchecked-hash")
        subprocess.run([self._runtime.python, "-m", "compileall", "-q", *mode, path], check=True)
