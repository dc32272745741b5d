"""A worker has nothing of anybody else's, and serves one account to its end."""

import os
import resource
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from isolambda_core.domain.executions.execution import ExecutionRequest
from isolambda_core.domain.limits import WORKER_AGE_S_MAX
from isolambda_executor import workers
from isolambda_executor.isolates import KEPT_MAX
from isolambda_executor.supervisor import Supervisor
from tests.support.processes import (
    children,
    environment,
    open_files,
    thread_status,
)
from tests.support.waiting import eventually
from tests.unit.executor.supervised import asked, request, run, workers_of

ROOT = Path(__file__).parents[3]
HARD = {
    resource.RLIMIT_NOFILE: 1024,
    resource.RLIMIT_CORE: 0,
    resource.RLIMIT_FSIZE: 64 << 10,
    resource.RLIMIT_MEMLOCK: 0,
    resource.RLIMIT_CPU: 2 * WORKER_AGE_S_MAX,
}
MIB = 1 << 20


def test_a_worker_starts_with_nothing_in_its_environment_and_one_socket(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")

    with Supervisor(workers=1) as supervisor:
        run(supervisor, "return 1")
        [worker] = asked(supervisor)

        assert environment(worker) == {}
        assert len([file for file in open_files(worker) if file.startswith("socket:")]) == 1


def test_a_worker_can_lift_no_limit_and_has_no_capability() -> None:
    with Supervisor(workers=1) as supervisor:
        run(supervisor, "return 1")
        [worker] = asked(supervisor)
        limits = {name: resource.prlimit(worker, name) for name in HARD}

        assert all(
            0 <= hard <= most
            for (_, hard), most in zip(limits.values(), HARD.values(), strict=True)
        )
        for kind in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
            assert thread_status(worker, kind) == {"0" * 16}
        assert Path(f"/proc/{worker}/oom_score_adj").read_text(encoding="ascii").strip() == "1000"


def test_a_worker_is_in_no_network_and_has_no_user_where_the_kernel_lets_it() -> None:
    unshare = ["unshare", "--user", "--net", "true"]
    if subprocess.run(unshare, check=False).returncode:
        pytest.skip("the kernel gives no namespace here")

    with Supervisor(workers=1) as supervisor:
        run(supervisor, "return 1")
        [worker] = asked(supervisor)
        of_worker = {kind: Path(f"/proc/{worker}/ns/{kind}").readlink() for kind in ("user", "net")}

    ours = {kind: Path(f"/proc/self/ns/{kind}").readlink() for kind in ("user", "net")}
    assert not of_worker.items() & ours.items()


def data_bytes(pid: int) -> int:
    statm = Path(f"/proc/{pid}/statm").read_text(encoding="ascii")
    return int(statm.split()[5]) * resource.getpagesize()


@pytest.mark.parametrize("memory_mb", [16, 64, 512])
def test_a_worker_s_memory_is_limited_from_outside_for_an_execution_and_after_it(
    memory_mb: int,
) -> None:
    waits = "await new Promise((resolve) => setTimeout(resolve, 20_000))"

    with Supervisor(workers=1) as supervisor, ThreadPoolExecutor(1) as pool:
        run(supervisor, "return 1")
        [worker] = asked(supervisor)
        others = {*children()} - workers_of(supervisor).keys()
        data = data_bytes(worker)
        # What it holds back serves only to use up its limit, and counts for no execution.
        [process] = (each for each in supervisor._workers._idle if each.pid == worker)
        idle = data - process._held_bytes

        def limit() -> int:
            return resource.prlimit(worker, resource.RLIMIT_DATA)[0]

        assert 0 < limit() <= data + 48 * MIB
        under_way = pool.submit(run, supervisor, waits, memory_mb=memory_mb, wall_time_ms=20_000)
        assert eventually(lambda: limit() > idle + (memory_mb + 32) * MIB)
        assert limit() <= idle + (memory_mb + 3 * 32) * MIB

        def is_ended() -> bool:
            # What its worker leaves is executed once more, by another one.
            for pid in {*children()} - others:
                os.kill(pid, signal.SIGKILL)
            return under_way.done()

        assert eventually(is_ended)


UNDER_A_LIMIT = """
import resource
from isolambda_core.domain.limits import Limits
from isolambda_executor.supervisor import Supervisor
from tests.unit.executor.supervised import run

resource.setrlimit(resource.RLIMIT_DATA, (800 << 20, 800 << 20))
with Supervisor(workers=1) as supervisor:
    print([run(supervisor, "return 1", memory_mb=512).result for _ in range(3)])
"""


def test_a_lower_limit_of_who_starts_the_server_does_not_end_the_workers() -> None:
    command = [sys.executable, "-c", UNDER_A_LIMIT]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.stdout == "[b'1', b'1', b'1']\n", done.stderr


def test_an_account_may_have_more_functions_than_are_kept_warm(supervisor: Supervisor) -> None:
    ends = [run(supervisor, f"return {n}") for n in range(KEPT_MAX + 20)]

    assert [end.result for end in ends] == [b"%d" % n for n in range(len(ends))]


def of(account: str, source: str = "return 1") -> ExecutionRequest:
    return replace(request(source), account_id=account * 32)


def accounts(supervisor: Supervisor) -> list[str]:
    return [whose[0] for whose in workers_of(supervisor).values() if whose]


def test_a_worker_is_of_one_account_to_its_end() -> None:
    seen: dict[int, set[str | None]] = {}

    with Supervisor(workers=2) as supervisor:
        for account in "abcdabcd":
            assert supervisor.execute(of(account)).result == b"1"
            for pid, whose in workers_of(supervisor).items():
                seen.setdefault(pid, set()).add(whose)

    assert all(len(accounts - {None}) <= 1 for accounts in seen.values())


def test_the_workers_of_accounts_that_do_nothing_make_way_the_longest_idle_first() -> None:
    with Supervisor(workers=2) as supervisor:
        for account in "abcdae":
            supervisor.execute(of(account))

        assert eventually(lambda: accounts(supervisor) == ["c", "d", "a", "e"])
        assert supervisor.execute(of("a")).usage.cold is False


def test_an_account_keeps_its_warm_worker_while_others_come() -> None:
    with Supervisor(workers=2) as supervisor:
        cold = [supervisor.execute(of(account)).usage.cold for account in "abcdabcd"]

    assert cold == [True] * 4 + [False] * 4


def test_where_one_executes_at_a_time_one_account_has_a_worker() -> None:
    with Supervisor(workers=1) as supervisor:
        for account in "ab":
            supervisor.execute(of(account))

        assert eventually(lambda: accounts(supervisor) == ["b"])


@pytest.mark.parametrize("limit", ["WORKER_EXECUTIONS_MAX", "WORKER_AGE_S_MAX"])
def test_a_worker_ends_after_a_number_of_executions_and_after_a_time(
    limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, limit, 1)
    monkeypatch.setattr(workers, "_LOOK_AT_AGE_S", workers._LOOK_S)
    with Supervisor(workers=1) as supervisor:
        supervisor.execute(of("a"))

        assert eventually(lambda: not asked(supervisor))
        assert supervisor.execute(of("a")).usage.cold
