"""Which functions may be executed, and which version of each."""

from isolambda_api.http.services import Services
from isolambda_core.domain.functions.aliases import Target
from isolambda_core.services.functions.live_functions import LiveFunction
from tests.support.samples import ACCOUNT, OTHER_ACCOUNT


def create(services: Services, source: str = "return 0", account_id: str = ACCOUNT) -> str:
    document = {"name": "total", "function_js": source}
    return services.functions.create(account_id, document).id


def found(services: Services, only: str | None = None) -> list[LiveFunction]:
    return [*services.live_functions.list(ACCOUNT, 10, None, only).items]


def test_it_is_the_draft_where_there_is_no_live_alias(services: Services) -> None:
    function_id = create(services)
    services.versions.publish(ACCOUNT, function_id, "")
    services.aliases.create(ACCOUNT, function_id, "test", Target(1), "")
    services.functions.patch(ACCOUNT, function_id, {"function_js": "return 2"})

    [live] = found(services)

    assert live.qualifier == "$LATEST"
    assert live.function.source == "return 2"


def test_it_is_the_first_version_of_the_live_alias(services: Services) -> None:
    function_id = create(services, "return 1")
    services.versions.publish(ACCOUNT, function_id, "")
    services.functions.patch(ACCOUNT, function_id, {"function_js": "return 2"})
    services.versions.publish(ACCOUNT, function_id, "")
    services.aliases.create(ACCOUNT, function_id, "live", Target(1, 2, 0.9), "")

    for only in (None, function_id):
        [live] = found(services, only)
        assert live.qualifier == "live"
        assert live.function.source == "return 1"


def test_a_page_has_the_lowest_ids_first_and_leads_to_the_next(services: Services) -> None:
    ids = sorted(create(services) for _ in range(5))
    create(services, account_id=OTHER_ACCOUNT)

    first = services.live_functions.list(ACCOUNT, 3, None)
    rest = services.live_functions.list(ACCOUNT, 3, first.next_after)

    assert [live.function.id for live in (*first.items, *rest.items)] == ids
    assert rest.next_after is None


def test_the_one_function_of_a_caller_is_there_while_it_is_enabled(services: Services) -> None:
    function_id = create(services)
    create(services)

    assert [live.function.id for live in found(services, function_id)] == [function_id]
    services.functions.patch(ACCOUNT, function_id, {"enabled": False})
    assert found(services, function_id) == []
    services.functions.remove(ACCOUNT, function_id)
    assert found(services, function_id) == []
