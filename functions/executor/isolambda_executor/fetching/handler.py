"""The fetches of one execution, a few of which are under way at a time."""

import threading
from collections import deque
from functools import partial
from typing import Final

from isolambda_core.domain.limits import FETCHES_AT_ONCE
from isolambda_executor.fetching.errors import FetchError
from isolambda_executor.fetching.fetch import Fetch, FetchScope
from isolambda_executor.fetching.network import Network
from isolambda_executor.fetching.records import Requests
from isolambda_executor.fetching.request import read_request
from isolambda_executor.handlers import Reply, Scope
from isolambda_executor.operations import Fields
from isolambda_executor.placeholders import Placeholders

_LATER_S: Final = 1.0
"""How long a fetch outlasts the wall time: longer than the supervisor waits for a worker, so that
the wall time ends the execution, and says so, however busy the machine is."""


class Fetches:
    """Performs operations of kind ``fetch``; see ``Handler``."""

    def __init__(self, scope: Scope, network: Network) -> None:
        self._scope = scope
        self._shared = FetchScope(
            scope.request, network, Requests(scope), Placeholders(scope.request.secrets)
        )
        self._lock = threading.Lock()
        self._waiting: deque[Fetch] = deque()
        self._under_way = 0

    def begin(self, id: int, fields: Fields, reply: Reply) -> Fetch:  # noqa: A002, ARG002
        """Begin a fetch, when its turn comes.

        Raises:
            BrokenPeerError: no intact worker sends that.
        """
        fetch = Fetch(self._shared, read_request(fields), self._scope.deadline + _LATER_S, reply)
        try:
            self._shared.requests.add()
        except FetchError as error:
            self._scope.perform(partial(reply, {"end": True, "error": error.fields}))
            return fetch
        with self._lock:
            if self._under_way == FETCHES_AT_ONCE:
                self._waiting.append(fetch)
                return fetch
            self._under_way += 1
        self._scope.perform(partial(self._run, fetch))
        return fetch

    def _run(self, fetch: Fetch) -> None:
        try:
            fetch.run()
        finally:
            with self._lock:
                following = self._waiting.popleft() if self._waiting else None
                if following is None:
                    self._under_way -= 1
            if following is not None:
                self._scope.perform(partial(self._run, following))
