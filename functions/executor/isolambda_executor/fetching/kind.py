"""The kind of operation that ``fetch`` is; what performs it is imported at the first one."""

import threading
from typing import TYPE_CHECKING

from isolambda_executor.handlers import Handler, Scope

if TYPE_CHECKING:
    from isolambda_executor.fetching.network import Network


class FetchKind:
    """Opens the handlers of ``fetch``, which share kept connections; see ``Network``."""

    def __init__(self, *, private: bool = False) -> None:
        self._private = private
        self._lock = threading.Lock()
        self._network: Network | None = None

    def __call__(self, scope: Scope) -> Handler:
        """Return the handler of an execution."""
        from isolambda_executor.fetching.handler import Fetches  # noqa: PLC0415
        from isolambda_executor.fetching.network import Network  # noqa: PLC0415

        with self._lock:
            self._network = self._network or Network(private=self._private)
        return Fetches(scope, self._network)

    def close(self) -> None:
        """Close the connections that are kept."""
        if self._network is not None:
            self._network.close()
