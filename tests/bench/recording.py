"""What it costs to record what an execution asks, beside its record without, in processor time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from time import process_time
from typing import Final

from isolambda_api.http.services import Services
from isolambda_core.domain.coroutines import complete
from isolambda_core.domain.executions.execution import ExecutionRequest, ExecutionResult, Outcome
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.ids import new_id
from isolambda_core.domain.json_text import JsonValue, dump
from isolambda_executor.supervisor import Supervisor
from tests.bench.figures import Row, Samples, alternate, compared
from tests.bench.installation import installed
from tests.bench.loopback import loopback

NOTHING_BOUND: Final = 1.15

_NOTHING: Final = "return 1;"
_ASKS: Final = """
for (let n = 0; n < 5; n++) await context.kv.get(`key ${n}`);
await (await fetch(call.url)).arrayBuffer();
return 1;
"""
_SHORT, _LONG = 10_000, 500_000
_TIMES: Final = 10
_BLOCKS: Final = 12


@dataclass(frozen=True, slots=True)
class _Account:
    """An account on one machine, whose functions may reach a server of this machine."""

    services: Services
    supervisor: Supervisor
    account_id: str

    def create(self, record: str, source: str) -> str:
        document: dict[str, JsonValue] = {"name": record, "function_js": source, "record": record}
        document |= {"net": {"allow": ["127.0.0.1"]}, "kv": ["keys"]}
        return self.services.functions.create(self.account_id, document).id

    def execute(self, function_id: str, url: str) -> ExecutionResult:
        invocation = Invocation(self.account_id, function_id, dump({"url": url}).encode())
        return _well(complete(self.services.invocations.execute(invocation)).result)

    def samples(self, function_id: str, url: str) -> Samples:
        """Return the processor time of executions in all processes but V8's and the server's."""
        return _times(lambda: self.execute(function_id, url))


def rows() -> Iterator[Row]:
    """Measure and return the rows, one after the other."""
    with loopback() as url, installed(private_fetch=True) as installation:
        account, _ = installation.services.accounts.create_top("acme")
        of = _Account(installation.services, installation.supervisor, account.id)
        yield _recorded(of, "that asks for nothing", _NOTHING, "", bound=NOTHING_BOUND)
        yield _recorded(of, "of 5 kv.get and a fetch of 10 KB", _ASKS, f"{url}/{_SHORT}")
        yield _recorded(of, "of 5 kv.get and a fetch of 500 KB", _ASKS, f"{url}/{_LONG}")
        yield _replayed(of, f"{url}/{_SHORT}")


def _recorded(of: _Account, what: str, source: str, url: str, *, bound: float | None = None) -> Row:
    replayable, plain = of.create("replayable", source), of.create("all", source)
    recorded = of.execute(replayable, url).recorded
    assert recorded is not None
    assert recorded.complete
    ours, theirs = alternate(
        _BLOCKS, lambda: of.samples(replayable, url), lambda: of.samples(plain, url)
    )
    title = f"a replayable record of an execution {what}"
    return compared(title, ours, "a record", theirs, bound=bound)


def _replayed(of: _Account, url: str) -> Row:
    function_id = of.create("replayable", _ASKS)
    recorded = of.execute(function_id, url).recorded
    executions = of.services.invocations.executions
    invocation = Invocation(of.account_id, function_id, dump({"url": url}).encode())
    resolved = executions.resolve(invocation)

    def prepared() -> ExecutionRequest:
        return executions.prepare(invocation, resolved, new_id())

    def real() -> Samples:
        return _times(lambda: _well(of.supervisor.execute(prepared())))

    def replayed() -> Samples:
        return _times(lambda: _well(of.supervisor.execute(replace(prepared(), replay=recorded))))

    ours, theirs = alternate(_BLOCKS, replayed, real)
    what = "an execution of 5 kv.get and a fetch, answered from its record"
    return compared(what, ours, "answered by store and host", theirs)


def _times(act: Callable[[], object]) -> Samples:
    def took() -> float:
        began = process_time()
        act()
        return process_time() - began

    return [took() for _ in range(_TIMES)][2:]


def _well(result: ExecutionResult) -> ExecutionResult:
    assert result.outcome is Outcome.OK, result.error
    return result
