"""A server without metrics and without a collector has nothing in the way of an execution."""

import asyncio
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from anyio.to_thread import current_default_thread_limiter

from isolambda_api.http.request_log import no_error_observer, no_observer
from isolambda_core.adapters.clock import SystemClock
from isolambda_local.metrics.endpoint import listening_for_metrics
from isolambda_local.metrics.families import LIMITS, LIMITS_MET, OFFSETS, REQUESTS
from isolambda_local.observing import exposition_of, watching
from isolambda_local.processes.bounds import of_one_process
from isolambda_local.settings import ServerSettings
from isolambda_local.sqlite import open_store
from isolambda_local.start_error import StartError
from tests.support.waiting import WAIT_S

PROGRAM = """
import sys
import isolambda_local.serve
wanted = ("prometheus_client", "opentelemetry.sdk", "opentelemetry.exporter", "requests", "google")
print([name for name in sys.modules if name.startswith(wanted)])
"""


def test_without_an_option_nothing_is_observed_and_nothing_wrapped(tmp_path: Path) -> None:
    settings, bounds = ServerSettings(tmp_path), of_one_process(4, 2)

    with watching(settings, bounds) as watch, listening_for_metrics(settings) as endpoint:
        assert watch.observe is no_observer
        assert watch.observe_error is no_error_observer
        assert (watch.observers, watch.tell) == ((), None)
        assert watch.counted(bounds.turns) is bounds.turns
        app = object()
        assert endpoint.beside(app, None) is app  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("status", "requests", "closed"), [(400, {"400": 1}, 0), (429, {"429": 1}, 1), (None, {}, 1)]
)
def test_what_is_refused_before_the_app_has_it_is_counted(
    tmp_path: Path, status: int | None, requests: dict[str, int], closed: int
) -> None:
    settings, bounds = ServerSettings(tmp_path, metrics_port=0), of_one_process(4, 2)

    with watching(settings, bounds) as watch:
        watch.refuse(status)

    sums = bounds.numbers.sums()
    rows = enumerate(REQUESTS.rows, OFFSETS[REQUESTS.name])
    counted = {row: sums[at] for at, row in rows if sums[at]}
    assert counted == {("other", each): count for each, count in requests.items()}
    assert sums[OFFSETS[LIMITS_MET.name] + LIMITS.index("connections")] == closed


def test_metrics_are_shown_while_all_threads_of_the_server_are_busy(tmp_path: Path) -> None:
    settings, bounds = ServerSettings(tmp_path, metrics_port=0), of_one_process(4, 2)
    store = open_store(tmp_path / "database")

    async def shown() -> bytes:
        threads = current_default_thread_limiter()
        for at in range(int(threads.total_tokens)):
            threads.acquire_on_behalf_of_nowait(at)
        return await exposition_of(settings, bounds, store.queue, SystemClock()).text()

    with closing(store):
        text = asyncio.run(asyncio.wait_for(shown(), WAIT_S))

    assert b"isolambda_queue_messages 0.0" in text


def test_a_server_imports_no_library_of_metrics_or_traces() -> None:
    finished = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )

    assert finished.stdout == "[]\n"


def test_a_collector_without_the_packages_does_not_start_a_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "isolambda_core.adapters.otlp.exporter", None)
    settings = ServerSettings(tmp_path, otlp_endpoint="http://127.0.0.1:4318")

    with (
        pytest.raises(StartError, match=r"pip install 'isolambda\[otlp\]'"),
        watching(settings, of_one_process(4, 2)),
    ):
        pass
