"""A server, a browser, and for each test an account and a page of its own."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.console import chromium, network
from tests.console.console import Console
from tests.console.data import Furnished, furnish
from tests.console.watch import Watch
from tests.support.servers import ONE_WORKER, Server, starting
from tests.support.tenants import Tenant, tenant_of


@pytest.fixture(scope="session")
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    path = chromium.find()
    if path is None:
        # `make test` lists what it skipped; elsewhere a skip would pass for success.
        if request.config.getoption("--skips"):
            pytest.skip(chromium.NONE_HERE)
        request.session.shouldfail = chromium.NONE_HERE
        pytest.fail(chromium.NONE_HERE, pytrace=False)
    with chromium.running(path) as running:
        yield running


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with starting(tmp_path_factory.mktemp("console")) as start:
        yield start(*ONE_WORKER)


@pytest.fixture
def account(server: Server) -> Iterator[Tenant]:
    """An account that is gone after the test: a tenant may have a hundred."""
    made = tenant_of(server)
    yield made
    with server.client() as client:
        client.delete(f"/v2/accounts/{made.account_id}").raise_for_status()


@pytest.fixture
def context(browser: Browser, server: Server) -> Iterator[BrowserContext]:
    """A profile of the test's own, without cookies, storage or cache."""
    with browser.new_context(base_url=server.credentials["url"]) as made:
        made.set_default_timeout(chromium.PATIENCE_MS)
        yield made


@pytest.fixture
def watch(context: BrowserContext, server: Server, account: Tenant) -> Iterator[Watch]:
    # From the beginning: Chromium lets a request through that is sent just when it is to hold all.
    context.route(network.API, network.let_through)
    watching = Watch(context, server.credentials["url"])
    watching.secrets.append(account.api_key)
    yield watching
    assert watching.faults == []


@pytest.fixture
def page(context: BrowserContext, watch: Watch) -> Page:
    """A page under watch."""
    del watch
    return context.new_page()


@pytest.fixture(scope="session")
def furnished_account(server: Server) -> Tenant:
    return tenant_of(server)


@pytest.fixture(scope="session")
def furnished(furnished_account: Tenant) -> Furnished:
    """What is in an account that tests look at and do not change."""
    return furnish(furnished_account)


@pytest.fixture
def furnished_console(
    page: Page, watch: Watch, furnished_account: Tenant, furnished: Furnished
) -> Console:
    """The console of an account that tests look at and do not change."""
    del furnished
    watch.secrets.append(furnished_account.api_key)
    return Console(page, watch, furnished_account)


@pytest.fixture
def console(page: Page, watch: Watch, account: Tenant) -> Console:
    return Console(page, watch, account)
