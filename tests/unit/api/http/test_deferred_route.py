"""FastAPI reads an endpoint when something first needs more than the path of its route."""

from concurrent.futures import ThreadPoolExecutor
from typing import Annotated

import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from starlette.routing import Route

from isolambda_api.http.deferred_route import DeferredRoute, complete_routes


@pytest.fixture(autouse=True)
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The path of each route whose endpoint FastAPI has read."""
    paths: list[str] = []
    initialize = APIRoute.__init__

    def count(route: APIRoute, path: str, *arguments: object, **named: object) -> None:
        paths.append(path)
        initialize(route, path, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(APIRoute, "__init__", count)
    return paths


@pytest.fixture
def router() -> APIRouter:
    router = APIRouter(route_class=DeferredRoute, tags=["Numbers"])

    def one() -> int:
        return 1

    @router.get("/numbers/{number}", status_code=202)
    def add(number: int, other: Annotated[int, Depends(one)]) -> int:
        """Add one to a number."""
        return number + other

    @router.delete("/numbers")
    def remove() -> None:
        """Remove all numbers."""

    return router


def test_what_finds_a_route_is_there_before_its_endpoint_is_read(
    router: APIRouter, read: list[str]
) -> None:
    [add, remove] = router.routes

    assert isinstance(add, Route)
    assert isinstance(remove, Route)
    assert (add.path, add.methods) == ("/numbers/{number}", {"GET"})
    assert (remove.path, remove.methods) == ("/numbers", {"DELETE"})
    assert read == []


def test_a_request_lets_fastapi_read_the_endpoint_of_its_route_alone(
    router: APIRouter, read: list[str]
) -> None:
    client = TestClient(FastAPI(routes=[router.routes[1], router.routes[0]]))

    answers = [client.get("/numbers/2"), client.get("/numbers/three"), client.get("/numbers/3")]

    assert [(answer.status_code, answer.text) for answer in (answers[0], answers[2])] == [
        (202, "3"),
        (202, "4"),
    ]
    assert answers[1].status_code == 422
    assert read.count("/numbers/{number}") == 1


def test_a_route_that_is_read_late_is_the_one_that_fastapi_would_have_made(
    router: APIRouter, read: list[str]
) -> None:
    [add, _] = router.routes
    assert isinstance(add, APIRoute)

    assert add.status_code == 202
    assert add.tags == ["Numbers"]
    assert add.description == "Add one to a number."
    assert [field.name for field in add.dependant.path_params] == ["number"]
    assert read == ["/numbers/{number}"]


def test_a_name_that_no_route_has_is_an_attribute_error(router: APIRouter) -> None:
    with pytest.raises(AttributeError, match="colour"):
        _ = router.routes[0].colour  # type: ignore[attr-defined]


def test_threads_that_ask_at_once_let_fastapi_read_the_endpoint_once(
    router: APIRouter, read: list[str]
) -> None:
    [add, _] = router.routes
    assert isinstance(add, APIRoute)

    with ThreadPoolExecutor(8) as pool:
        read_by = [pool.submit(lambda: add.dependant) for _ in range(8)]

    assert {id(each.result()) for each in read_by} == {id(add.dependant)}
    assert read == ["/numbers/{number}"]


def test_all_routes_are_read_before_a_snapshot(router: APIRouter, read: list[str]) -> None:
    complete_routes(router.routes)
    complete_routes(router.routes)

    assert read == ["/numbers/{number}", "/numbers"]
