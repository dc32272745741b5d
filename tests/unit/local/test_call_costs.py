"""What a call of a tool that code makes costs the server, counted in its own process.

The bound is what Python 3.11 makes, and a twentieth more; later Pythons make less.
"""

import sys
from types import FrameType

import uvloop

from isolambda_core.domain.documents import Document
from isolambda_core.domain.executions.execution import Outcome
from tests.bench.installation import Installation, installed

CALLS_MAX = 355
"""Of Python functions and of C functions, as cProfile counts them."""
COUNTED = 20
WARM_UP = 3
BLOCKS = 5


async def fewest(installation: Installation) -> float:
    """Return the least that one of several calls makes, of several executions of code."""
    services = installation.services
    account, key = services.accounts.create_top("acme")
    caller = services.access.authenticate(key)
    document: Document = {"name": "echo", "function_js": "return call;", "record": "none"}
    services.functions.create(account.id, {**document, "tool": {"description": "Echoes."}})
    made = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal made
        made += event in ("call", "c_call")

    async def executed(times: int) -> int:
        nonlocal made
        code = f"for (let n = 0; n < {times}; n++) await tools.echo({{ n }}); return 1"
        made = 0
        sys.setprofile(count)
        result = await services.code.execute(account, caller, code, "")
        sys.setprofile(None)
        assert result.outcome is Outcome.OK, result.error
        return made

    for _ in range(WARM_UP):
        await executed(COUNTED)
    most = min([await executed(1 + COUNTED) for _ in range(BLOCKS)])
    return (most - min([await executed(1) for _ in range(BLOCKS)])) / COUNTED


def test_a_call_of_a_tool_makes_no_more_calls_of_python() -> None:
    with installed(on_loop=True) as installation:
        assert 0 < uvloop.run(fewest(installation)) <= CALLS_MAX
