"""What shadows find, and the executions that they are to repeat."""

from collections.abc import Callable
from typing import Protocol

from isolambda_core.domain.functions.aliases import Alias
from isolambda_core.domain.shadows.report import ShadowReport
from isolambda_core.domain.shadows.shadowed import Shadowed


class ShadowRepository(Protocol):
    """Stores what shadows find. Every method also raises ``StoreUnavailableError``.

    A change of an alias, and its removal, remove in one step with it what its shadow has found.
    """

    def get(self, alias: Alias) -> ShadowReport:
        """Return what the shadow of an alias has found, by one strongly consistent read."""
        ...

    def save(self, alias: Alias, report: ShadowReport) -> None:
        """Store the next revision of a report.

        Raises:
            RevisionConflictError: the stored one is at another revision than that before, or the
                alias is another by now, or gone.
        """
        ...


class NoShadows:
    """The port ``ShadowQueue`` where nothing repeats executions."""

    def begin(self, shadowed: Shadowed) -> None:
        """Forget the execution; see ``ShadowQueue.begin``."""


class ShadowQueue(Protocol):
    """Holds executions for shadows to repeat, for a short time, and no more than a few."""

    def begin(self, shadowed: Shadowed) -> Callable[[], None] | None:
        """Begin to add an execution, and return what waits until it is added, or cannot be.

        Returns None where nothing is to be waited for: neither that nor a record. It raises no
        error: an execution that cannot be added is not repeated.
        """
        ...
