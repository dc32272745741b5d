"""Which request follows a redirect, by the rules of the Fetch standard."""

import re
from collections.abc import Set
from dataclasses import dataclass, replace
from typing import Final

from isolambda_core.domain.endpoints import Endpoint
from isolambda_core.net.heads import ResponseHead
from isolambda_executor.fetching.addresses import destination, redirected
from isolambda_executor.fetching.errors import FetchError
from isolambda_executor.fetching.request import FetchRequest, Headers

_REDIRECTS: Final = frozenset((301, 302, 303, 307, 308))
_SEE_OTHER: Final = 303
_MOVED: Final = frozenset((301, 302))
_OF_A_BODY: Final = re.compile("content-(?:encoding|language|location|type)")
_CREDENTIALS: Final = frozenset(("authorization", "cookie"))
_REPEATABLE: Final = frozenset(("GET", "HEAD", "OPTIONS"))


@dataclass(frozen=True, slots=True)
class Step:
    """One request of a fetch.

    Its headers and its body have placeholders. Secrets take their places only where
    ``has_secrets``: until a redirect leads to another origin.
    """

    endpoint: Endpoint
    method: str
    headers: Headers
    body: bytes | None
    is_streamed: bool
    has_secrets: bool = True

    @property
    def may_be_repeated(self) -> bool:
        """Whether it does no harm that a server gets the request twice."""
        return self.method in _REPEATABLE and self.body is None and not self.is_streamed


def first_step(request: FetchRequest) -> Step:
    """Return the first request of a fetch.

    Raises:
        FetchError: its URL is none.
    """
    endpoint = destination(request.url)
    return Step(endpoint, request.method, request.headers, request.body, request.is_streamed)


def location_of(head: ResponseHead) -> str | None:
    """Return where an answer redirects to, or None.

    Raises:
        FetchError: to more than one place.
    """
    locations = head.values("location") if head.status in _REDIRECTS else []
    if len(locations) > 1:
        raise FetchError("protocol", "the answer redirects to more than one place")
    return locations[0] if locations else None


def next_step(step: Step, status: int, location: str, substituted: Set[str]) -> Step:
    """Return the request that follows an answer; ``substituted`` names headers with secrets.

    Raises:
        FetchError: the location is no URL, or the body was a stream, which is over.
    """
    endpoint = redirected(step.endpoint, location)
    becomes_get = (status in _MOVED and step.method == "POST") or (
        status == _SEE_OTHER and step.method not in ("GET", "HEAD")
    )
    if becomes_get:
        headers = tuple(each for each in step.headers if not _OF_A_BODY.fullmatch(each[0]))
        step = replace(step, method="GET", headers=headers, body=None, is_streamed=False)
    elif step.is_streamed:
        message = f"the redirect by {status} asks for the body again, which was a stream"
        raise FetchError("redirects", message)
    if endpoint.origin != step.endpoint.origin:
        dropped = _CREDENTIALS | substituted
        headers = tuple(each for each in step.headers if each[0] not in dropped)
        step = replace(step, headers=headers, has_secrets=False)
    return replace(step, endpoint=endpoint)
