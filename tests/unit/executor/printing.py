"""What a source prints, in an isolate of this process."""

from isolambda_core.domain.executions.execution import LogLine
from isolambda_core.domain.limits import LOG_BYTES, Limits
from isolambda_executor.console import Console, open_console
from isolambda_executor.engine import Engine

_WAIT_S = 60.0
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
        isolate.call("load", source, _FEATURES, timeout_s=_WAIT_S)
        for _ in range(times):
            self._console.clear()
            answer = isolate.run(b"{}", b"{}", 1_000, 1_000, log_bytes, timeout_s=_WAIT_S)
            while not isinstance(answer, bytes):
                answer = isolate.answer_at_rest(_WAIT_S)
            isolate.await_rest(_WAIT_S, _WAIT_S)
            assert b'"error"' not in answer, answer
        isolate.close()
        return self._console.lines(Limits(log_bytes=log_bytes), _WAIT_S * 1e3)

    def lines(
        self, source: str, log_bytes: int = LOG_BYTES, times: int = 1
    ) -> list[tuple[str, str]]:
        """Return level and text of each line."""
        return [(line.level, line.text) for line in self.logs(source, log_bytes, times)]

    def shown(self, *values: str) -> list[str]:
        """Return how the console shows each of some expressions."""
        return [text for _, text in self.lines("\n".join(f"console.log({v});" for v in values))]
