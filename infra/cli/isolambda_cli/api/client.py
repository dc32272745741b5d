"""The API over HTTP: one account, one key, one connection that is kept."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from time import monotonic, sleep
from typing import Any, Self
from urllib.parse import quote

import httpx2

from isolambda_cli.api.errors import (
    ApiError,
    ProfileError,
    RedirectError,
    UnreachableError,
)
from isolambda_cli.api.profiles import Profile
from isolambda_cli.api.shapes import misfit
from isolambda_core import __version__
from isolambda_core.domain.ids import is_id
from isolambda_core.domain.json_text import InvalidJsonError, dump, parse
from isolambda_core.domain.limits import MIB

_ANSWER_BYTES = 64 * MIB
"""Longer than any answer of the API."""
_TIMEOUT = httpx2.Timeout(60.0, connect=10.0)
"""Seconds; an execution takes 25 s at most, and may wait 10 s for its turn."""
_ANSWER_S = 120.0
"""A whole answer takes less, also one that comes byte by byte."""
_PAGES = 10_000
"""Of a list, at most."""
STRICT: Mapping[str, str] = {"Prefer": "handling=strict"}
"""The headers of a write of a function that saves no source that does not compile."""
_SAFE = ("GET", "HEAD")
_LEAST_WAIT_S = 0.1


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of the API: ``data`` of the envelope, and all of it."""

    status: int
    data: Any
    headers: Mapping[str, str]
    envelope: Mapping[str, Any]

    @property
    def etag(self) -> str | None:
        """What ``If-Match`` takes, as it came."""
        return self.headers.get("etag")


@dataclass
class Api:
    """The API as a key of an account sees it.

    ``path`` is below the account (``functions/ID``), or with a slash before it below the server
    (``/healthz``). Each method raises :class:`ApiError` where the API refuses, and
    :class:`UnreachableError` where no answer comes. No redirect is followed: the key goes to
    ``url`` alone.
    """

    url: str
    account_id: str
    api_key: str = field(repr=False)
    patience_s: float = 0.0
    """How long one request may wait in all where the API says when to come again (429)."""
    _client: httpx2.Client | None = field(default=None, repr=False)

    @classmethod
    def of(cls, profile: Profile, patience_s: float = 0.0) -> Self:
        """Return the API of a profile, which asks the server whose the key is if need be."""
        api = cls(profile.url, profile.account_id or "", profile.api_key, patience_s)
        if profile.account_id is None:
            api.account_id = api.account()["account_id"]
        return api

    def account(self) -> dict[str, Any]:
        """Return ``account_id`` and ``account_name`` of the key.

        Raises:
            ProfileError: the server does not know the key.
        """
        try:
            found: dict[str, Any] = self.put("/v2/api_auth", {"api_key": self.api_key})
        except ApiError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            raise ProfileError(f"{self.url} does not know this key") from error
        if not is_id(str(found.get("account_id"))):
            raise UnreachableError(f"{self.url} does not say whose the key is")
        return found

    def get(self, path: str, **query: Any) -> Any:
        """Return the ``data`` of a resource; a ``None`` in the query is left out."""
        return self.answer("GET", path, query=query).data

    def put(self, path: str, data: Any = None, *, headers: Mapping[str, str] | None = None) -> Any:
        """Create a resource, and return its ``data``."""
        return self.answer("PUT", path, data, headers=headers).data

    def post(self, path: str, data: Any = None, *, headers: Mapping[str, str] | None = None) -> Any:
        """Replace a resource, or have something done, and return the ``data`` of the answer."""
        return self.answer("POST", path, data, headers=headers).data

    def patch(
        self, path: str, data: Any = None, *, headers: Mapping[str, str] | None = None
    ) -> Any:
        """Change some keys of a resource, and return its ``data``."""
        return self.answer("PATCH", path, data, headers=headers).data

    def delete(
        self, path: str, data: Any = None, *, headers: Mapping[str, str] | None = None
    ) -> Any:
        """Remove a resource, and return the ``data`` of the answer."""
        return self.answer("DELETE", path, data, headers=headers).data

    def pages(self, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        """Yield the items of a list, page by page.

        Raises:
            UnreachableError: it has more pages than a server has, and perhaps no end.
        """
        start_key = None
        for _ in range(_PAGES):
            answer = self.answer("GET", path, query={**query, "start_key": start_key})
            yield from answer.data
            before, start_key = start_key, answer.envelope.get("next_start_key")
            if not isinstance(start_key, str) or start_key == before:
                return
        raise UnreachableError(f"{self.url} has a list of more than {_PAGES} pages; it is not read")

    def answer(
        self,
        method: str,
        path: str,
        data: Any = None,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a request, and return the whole answer.

        A body is ``data`` in the envelope, ``{}`` by default; a GET has none, and a DELETE none
        without ``data``. A GET whose connection breaks is sent once more.
        """
        has_body = method not in _SAFE and (method != "DELETE" or data is not None)
        content = dump({"data": {} if data is None else data}).encode() if has_body else None
        url, host = _reached_at(httpx2.URL(self.url + self._path(path)))
        request = self._open().build_request(
            method,
            url,
            params={
                name: _text(value) for name, value in (query or {}).items() if value is not None
            },
            content=content,
            headers={
                **host,
                **({} if content is None else {"Content-Type": "application/json"}),
                **(headers or {}),
            },
        )
        return self._in_turn(request, attempts=2 if method in _SAFE else 1)

    def relay(self, path: str, content: bytes, headers: Mapping[str, str]) -> bytes:
        """Send a body of JSON as it is, and return that of the answer, whatever its status.

        Raises:
            RedirectError: the server wants the request to go elsewhere.
            UnreachableError: no answer comes.
        """
        url, host = _reached_at(httpx2.URL(self.url + self._path(path)))
        given = {**host, "Content-Type": "application/json", **headers}
        request = self._open().build_request("POST", url, content=content, headers=given)
        response, body = self._exchange(request, attempts=1)
        if response.has_redirect_location:
            raise RedirectError(self.url, response.status_code, response.headers["location"])
        return body

    def document(self, path: str) -> bytes:
        """Return the body of a resource that stands in no envelope.

        Raises:
            RedirectError: the server wants the request to go elsewhere.
            UnreachableError: no answer comes, or an error.
        """
        url, host = _reached_at(httpx2.URL(self.url + self._path(path)))
        response, body = self._exchange(
            self._open().build_request("GET", url, headers=host), attempts=2
        )
        if response.has_redirect_location:
            raise RedirectError(self.url, response.status_code, response.headers["location"])
        if response.is_error:
            raise UnreachableError(f"{url} answers with HTTP {response.status_code}")
        return body

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _path(self, path: str) -> str:
        return path if path.startswith("/") else f"/v2/accounts/{self.account_id}/{path}"

    def _open(self) -> httpx2.Client:
        if self._client is None:
            headers = {"Accept": "application/json", "User-Agent": f"isolambda/{__version__}"}
            if self.api_key:
                headers["X-Auth-Token"] = self.api_key
            self._client = httpx2.Client(headers=headers, timeout=_TIMEOUT, follow_redirects=False)
        return self._client

    def _in_turn(self, request: httpx2.Request, attempts: int) -> Answer:
        """Send a request, also after a pause for its turn: a request that is a 429 does nothing."""
        until = monotonic() + self.patience_s
        while True:
            try:
                return self._read(request, attempts)
            except ApiError as error:
                wait_s = error.retry_after_s
                if error.status != HTTPStatus.TOO_MANY_REQUESTS or wait_s is None:
                    raise
                if monotonic() + wait_s > until:
                    raise
                sleep(max(wait_s, _LEAST_WAIT_S))

    def _read(self, request: httpx2.Request, attempts: int) -> Answer:
        return _answer_of(self.url, request, *self._exchange(request, attempts))

    def _exchange(self, request: httpx2.Request, attempts: int) -> tuple[httpx2.Response, bytes]:
        try:
            response = self._open().send(request, stream=True)
            try:
                body = _limited(response)
            finally:
                response.close()
        except (httpx2.RemoteProtocolError, httpx2.ReadError, httpx2.WriteError) as error:
            # A server closes a connection that rests, perhaps while a request is on its way.
            if attempts > 1:
                return self._exchange(request, attempts - 1)
            raise UnreachableError(f"{self.url} broke the connection: {error}") from error
        except httpx2.TimeoutException as error:
            raise UnreachableError(f"{self.url} does not answer in time") from error
        except httpx2.HTTPError as error:
            raise UnreachableError(f"{self.url} is not reached: {error}") from error
        return response, body


def _reached_at(url: httpx2.URL) -> tuple[httpx2.URL, Mapping[str, str]]:
    """Return where to connect, and headers for that.

    Names below ``localhost`` are of this machine (RFC 6761); curl knows that, Python does not.
    """
    if url.scheme != "http" or not url.host.endswith(".localhost"):
        return url, {}
    return url.copy_with(host="127.0.0.1"), {"Host": url.netloc.decode()}


def part(word: str) -> str:
    """Return a word as one part of a path, whatever is in it."""
    return quote(word, safe="")


def _text(value: Any) -> Any:
    return ("false", "true")[value] if isinstance(value, bool) else value


def _limited(response: httpx2.Response) -> bytes:
    parts, size, until = [], 0, monotonic() + _ANSWER_S
    for chunk in response.iter_bytes():
        size += len(chunk)
        if monotonic() > until:
            raise httpx2.ReadTimeout("")
        if size > _ANSWER_BYTES:
            raise UnreachableError(f"an answer has more than {_ANSWER_BYTES} bytes; it is not read")
        parts.append(chunk)
    return b"".join(parts)


def _answer_of(url: str, request: httpx2.Request, response: httpx2.Response, body: bytes) -> Answer:
    status, headers = response.status_code, response.headers
    if response.has_redirect_location:
        raise RedirectError(url, status, headers["location"])
    try:
        envelope = parse(body)
    except InvalidJsonError:
        envelope = None
    # The health of a server is no resource, and so in no envelope.
    is_bare = request.url.path.endswith("/healthz") and response.is_success
    if not isinstance(envelope, Mapping) or ("data" not in envelope and not is_bare):
        media_type = headers.get("content-type", "no media type")
        raise UnreachableError(
            f"{url} answers with HTTP {status} and {media_type}, and not as Isolambda does; "
            "is this the URL of the API?"
        )
    if response.is_error:
        raise ApiError(status, envelope, request.method, request.url.path, dict(headers))
    data = envelope if is_bare else envelope["data"]
    place = misfit(request.method, request.url.path, data)
    if place is not None:
        raise UnreachableError(
            f"{url} answers {request.method} {request.url.path} without a {place} as Isolambda has"
        )
    return Answer(status, data, dict(headers), envelope)
