"""Hosts of functions' own: which requests are for one, by the ``Host`` that they name.

Below them nothing answers but functions: no API, no console, no page of documentation.
"""

from collections.abc import Collection
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from isolambda_core.domain.http_hosts import host_in, is_one_of

OWN_HOST: Final = "isolambda.own_host"
"""The key of a scope that has the host, which no trigger need have."""
SEVERAL: Final = ""
"""The host of a request that names several, one of which is a function's."""


class FunctionHosts:
    """An ASGI app that hands requests for hosts of functions to one app, and all else to another.

    Args:
        patterns: What an operator leaves to functions: hosts, and ``*.`` for all below one.
        functions: Serves those hosts; the scope has ``OWN_HOST``.
        api: Serves all other requests, and what is no request.
    """

    def __init__(self, patterns: Collection[str], functions: ASGIApp, api: ASGIApp) -> None:
        self._patterns = patterns
        self._functions = functions
        self._api = api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request; other kinds of connection pass."""
        host = self._host_of(scope) if scope["type"] == "http" else None
        if host is None:
            await self._api(scope, receive, send)
        else:
            await self._functions({**scope, OWN_HOST: host}, receive, send)

    def _host_of(self, scope: Scope) -> str | None:
        # A proxy may have joined two lines to one.
        named = [
            host_in(each.strip(" \t"))
            for name, value in scope["headers"]
            if name == b"host"
            for each in value.decode("latin-1").split(",")
        ]
        own = [host for host in named if host is not None and is_one_of(host, self._patterns)]
        if not own:
            return None
        return own[0] if len(named) == 1 else SEVERAL
