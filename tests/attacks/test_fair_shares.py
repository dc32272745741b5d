"""What one tenant keeps busy, another does not wait for."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import httpx2
import pytest

from tests.support.servers import Server, starting
from tests.support.tenants import Tenant, tenant_at_the_top, tenant_of

SLEEPS = "await new Promise(done => setTimeout(done, 8_000)); return 1"
SLEEPS_LONG = SLEEPS.replace("8_000", "15_000")
LIMITS = {"wall_time_ms": 25_000}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with four workers, so that a tenant has two at a time."""
    with starting(tmp_path_factory.mktemp("data")) as start:
        yield start("--workers", "4")


@pytest.fixture(scope="module")
def mallory(server: Server) -> Tenant:
    return tenant_at_the_top(server)


@pytest.fixture(scope="module")
def alice(server: Server) -> Tenant:
    return tenant_at_the_top(server)


Ask = Callable[[], httpx2.Response]


@contextmanager
def meanwhile(*asks: Ask) -> Iterator[list[Future[httpx2.Response]]]:
    """Send requests that the block does not wait for, and wait for them at its end."""
    with ThreadPoolExecutor(len(asks)) as threads:
        yield [threads.submit(ask) for ask in asks]


def executing(tenant: Tenant, function: str, **headers: str) -> Ask:
    def ask() -> httpx2.Response:
        with tenant.client() as client:
            url = f"{tenant.functions_url(function)}/execute"
            return client.post(url, json={"data": {}}, headers=headers)

    return ask


def test_executions_that_sleep_leave_workers_to_others(mallory: Tenant, alice: Tenant) -> None:
    sleeping = mallory.create(SLEEPS_LONG, limits=LIMITS)
    quick = alice.create("return {module: 'tts'}")

    with meanwhile(*[executing(mallory, sleeping)] * 8) as asked:
        assert alice.execute(quick)["result"] == {"module": "tts"}
        assert alice.call(quick).json() == {"module": "tts"}
        assert not any(request.done() for request in asked)

    answers = [request.result() for request in asked]
    assert sorted({answer.status_code for answer in answers}) == [200, 429]
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.headers["retry-after"] == "1"
    assert refused.json()["data"] == {
        "message": "the limit of executions at a time is 2; 2 are under way",
        "limit": "executions_at_a_time",
        "value": 2,
        "used": 2,
    }


def test_accounts_below_have_no_share_of_their_own(mallory: Tenant, alice: Tenant) -> None:
    quick = alice.create("return 1")
    below = [tenant_of(mallory) for _ in range(4)]
    asks = [executing(one, one.create(SLEEPS, limits=LIMITS)) for one in below]

    with meanwhile(*asks) as asked:
        assert alice.execute(quick)["result"] == 1
        assert not any(request.done() for request in asked)


def test_requests_that_wait_for_one_idempotency_key_keep_no_one_else(
    mallory: Tenant, alice: Tenant
) -> None:
    sleeping = mallory.create(SLEEPS, limits=LIMITS)
    quick = alice.create("return 1")

    with meanwhile(*[executing(mallory, sleeping, **{"Idempotency-Key": "k"})] * 60) as asked:
        assert alice.execute(quick)["result"] == 1
        answered = [request.result() for request in asked if request.done()]
        assert {answer.status_code for answer in answered} <= {409}  # 32 may wait

    statuses = [request.result().status_code for request in asked]
    assert set(statuses) <= {200, 409}
    assert statuses.count(200) > 32


def test_a_tenant_that_waits_for_itself_goes_on_as_soon_as_it_may(mallory: Tenant) -> None:
    sleeping = mallory.create(
        "await new Promise(done => setTimeout(done, 200)); return 1", limits=LIMITS
    )

    with meanwhile(*[executing(mallory, sleeping)] * 12) as asked:
        pass

    assert {request.result().status_code for request in asked} == {200}
