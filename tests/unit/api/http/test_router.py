"""A path is matched once: the first template decides, and `Allow` lists its verbs."""

import pytest
from fastapi import Request, Response
from starlette.routing import Route

from isolambda_api.app import dialect_for
from isolambda_api.http.errors import MethodNotAllowedError, UnknownPathError
from isolambda_api.http.router import UNKNOWN, PathMatch, Router
from isolambda_api.kazoo.paths import GoneError, MissingAccountIdError

ACCOUNT = "/v2/accounts/{account_id}"


async def answer(_: Request) -> Response:
    return Response()


ROUTER = Router(
    [
        Route(f"{ACCOUNT}/functions/samples", answer, methods=["PUT"]),
        Route(f"{ACCOUNT}/functions/{{function_id}}", answer, methods=["DELETE"], name="delete"),
        Route(f"{ACCOUNT}/functions/{{function_id}}", answer, methods=["POST"], name="post"),
        Route("/pivot/{account_id}/{function_id}", answer, methods=["POST"]),
    ],
    dialect_for,
)


def match(path: str) -> PathMatch:
    return ROUTER.match(path, dialect_for(path))


def test_a_match_has_the_template_the_parameters_and_the_route_of_each_verb() -> None:
    found = match("/v2/accounts/a/functions/f")

    assert found.template == f"{ACCOUNT}/functions/{{function_id}}"
    assert found.params == {"account_id": "a", "function_id": "f"}
    assert {verb: route.name for verb, route in found.routes.items()} == {
        "DELETE": "delete",
        "POST": "post",
    }


def test_the_first_template_decides_whatever_the_verb() -> None:
    found = match("/v2/accounts/a/functions/samples")

    assert found.verbs == {"PUT"}
    assert isinstance(found.refusal, MethodNotAllowedError)
    assert found.refusal.allowed == ("PUT",)


@pytest.mark.parametrize(
    ("path", "params", "refusal"),
    [
        ("/v2/accounts/a/nowhere", {"account_id": "a"}, UnknownPathError),
        ("/v2/account/nowhere", {"account_id": "-"}, UnknownPathError),
        ("/v2/accounts//nowhere", {"account_id": ""}, MissingAccountIdError),
        ("/v2/accounts/", {"account_id": ""}, MissingAccountIdError),
        ("/v2/nowhere", {}, UnknownPathError),
        ("/v2/accountsnowhere", {}, UnknownPathError),
        ("/v1", {}, GoneError),
        ("/v1/accounts/a", {}, GoneError),
        ("/v1/serverless", {}, UnknownPathError),
        ("/v11", {}, UnknownPathError),
        ("/pivot/a", {}, UnknownPathError),
    ],
)
def test_an_unknown_path_has_the_account_that_it_names_and_says_why_there_is_none(
    path: str, params: dict[str, str], refusal: type[Exception]
) -> None:
    found = match(path)

    assert (found.template, found.params, found.verbs) == (UNKNOWN, params, set())
    assert type(found.refusal) is refusal


def test_the_callers_own_account_has_a_path_of_its_own() -> None:
    own, named = match("/v2/account/functions/f"), match("/v2/accounts/-/functions/f")

    assert (own.template, own.params) == (named.template, named.params)
    assert own.params == {"account_id": "-", "function_id": "f"}


@pytest.mark.parametrize(
    ("path", "verbs"),
    [("/v2/x", {"GET", "HEAD"}), ("/pivot/x", {"GET"})],
)
def test_head_is_a_verb_where_get_reads(path: str, verbs: set[str]) -> None:
    route = Route(path, answer, methods=["GET"])
    route.methods = {"GET"}  # as FastAPI's routes have it

    assert Router([route], dialect_for).match(path, dialect_for(path)).verbs == verbs
