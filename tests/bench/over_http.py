"""Executions over HTTP: beside the same route without V8, and beside other servers of functions."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from typing import Final

from tests.bench.figures import Row, Samples, alternate, compared, duration, measured, p50
from tests.bench.load import Ask, Load
from tests.bench.rivals import LeftOutError, functions_framework, install, workerd
from tests.bench.servers import isolambda, without_v8

CONNECTIONS: Final = 8

_RIVALS: Final = {"functions-framework": functions_framework, "workerd": workerd}


def one_connection() -> Row:
    """Measure one execution at a time, and what of it is the executor's."""
    with ExitStack() as stack:
        ours, theirs = (
            stack.enter_context(Load(stack.enter_context(start()), connections=1))
            for start in (isolambda, without_v8)
        )
        ours.run(200)
        theirs.run(200)
        executions, answers = alternate(60, lambda: ours.run(25), lambda: theirs.run(25))
    difference = duration(p50(executions) - p50(answers))
    what = "one execution over HTTP"
    return compared(what, executions, "no executor", answers, note=f"difference {difference}")


def many_connections(leave_out: Callable[[str], None]) -> Iterator[Row]:
    """Measure as many requests a second as eight connections get out of each server."""
    with ExitStack() as stack:
        servers: dict[str, AbstractContextManager[Ask]] = {"isolambda": isolambda()}
        try:
            install()
        except LeftOutError as error:
            leave_out(f"{' and '.join(_RIVALS)}: {error}")
        else:
            servers |= {name: start() for name, start in _RIVALS.items()}
        loads: dict[str, Load] = {}
        for name, server in servers.items():
            try:
                ask = stack.enter_context(server)
            except LeftOutError as error:
                leave_out(f"{name}: {error}")
                continue
            loads[name] = stack.enter_context(Load(ask, CONNECTIONS))
            loads[name].run(1_000)
            loads[name].forget()
        blocks = [lambda load=load: load.run(400) for load in loads.values()]
        samples = dict(zip(loads, alternate(15, *blocks), strict=True))
        yield from _rows(samples, loads)


def _rows(samples: dict[str, Samples], loads: dict[str, Load]) -> Iterator[Row]:
    ours = samples.pop("isolambda")
    if not samples:
        rate = f"{loads['isolambda'].rate():,.0f} requests/s"
        yield measured(f"{CONNECTIONS} connections", duration(p50(ours)), note=rate)
    for name, theirs in samples.items():
        rates = [f"{loads[each].rate():,.0f}" for each in ("isolambda", name)]
        share = max(loads[each].own_share() for each in ("isolambda", name))
        yield compared(
            f"{CONNECTIONS} connections",
            ours,
            name,
            theirs,
            note=f"{' and '.join(rates)} requests/s; the load took {share:.0%} of a processor",
        )
