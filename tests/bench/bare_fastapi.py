"""FastAPI with one route, which parses JSON and answers JSON on the event loop: nothing else.

``python -m tests.bench.bare_fastapi PORT PROCESSES`` serves it by uvicorn, which takes uvloop and
httptools where they are installed.
"""

import sys
from importlib.metadata import version
from importlib.util import find_spec
from typing import Final

import uvicorn
from fastapi import FastAPI, Request

_STARTS_WITHIN_S: Final = 120
"""How long a process may take before uvicorn replaces it; a busy machine takes longer than 5 s."""

app = FastAPI()


@app.post("/")
async def greet(request: Request) -> dict[str, str]:
    """Do what the function of the benchmark does."""
    call = await request.json()
    return {"hi": call["name"]}


def describe() -> str:
    """Return in a line what it runs on."""
    loop, parser = ("uvloop", "asyncio"), ("httptools", "h11")
    by = [faster if find_spec(faster) else other for faster, other in (loop, parser)]
    return (
        f"bare FastAPI is {version('fastapi')} on uvicorn {version('uvicorn')}, {' and '.join(by)}"
    )


if __name__ == "__main__":
    port, processes = map(int, sys.argv[1:])
    uvicorn.run(
        "tests.bench.bare_fastapi:app",
        port=port,
        workers=processes,
        timeout_worker_healthcheck=_STARTS_WITHIN_S,
        access_log=False,
        log_level="warning",
    )
