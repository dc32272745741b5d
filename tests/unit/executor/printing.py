"""What a source prints, in an isolate of this process."""

from isolambda_core.domain.executions.execution import LogLine
from isolambda_core.domain.limits import LOG_BYTES, Limits
from isolambda_executor.console import Console, open_console
from isolambda_executor.engine import Engine
from tests.unit.executor.answering import WAIT_S, answer_of, load

_FEATURES = "shared_array_buffer,webassembly,weak_references"


class Printer:
    """Executes sources, each in an isolate of its own."""

    def __init__(self) -> None:
        descriptor = open_console()
        self._console = Console(descriptor)
        self._engine = Engine(descriptor)

    def logs(self, source: str, log_bytes: int = LOG_BYTES, times: int = 1) -> tuple[LogLine, ...]:
        """Return the lines of a source that ends well, as all that are asked for here do.

        Of one that is executed several ``times``, those of the last.
        """
        isolate = self._engine.isolate()
        load(isolate, source, _FEATURES)
        for _ in range(times):
            self._console.clear()
            answer = answer_of(isolate, log_bytes=log_bytes)
            assert b'"error"' not in answer, answer
        isolate.close()
        return self._console.lines(Limits(log_bytes=log_bytes), WAIT_S * 1e3)

    def lines(
        self, source: str, log_bytes: int = LOG_BYTES, times: int = 1
    ) -> list[tuple[str, str]]:
        """Return level and text of each line."""
        return [(line.level, line.text) for line in self.logs(source, log_bytes, times)]

    def shown(self, *values: str) -> list[str]:
        """Return how the console shows each of some expressions."""
        return [text for _, text in self.lines("\n".join(f"console.log({v});" for v in values))]
