"""Bound the bytes of all bodies that are read and not yet answered, together and by tenant."""

from typing import Final

from isolambda_api.http.errors import OverloadedError
from isolambda_core.domain.limits import (
    BODIES_BYTES,
    TENANT_BODIES_BYTES,
    UNAUTHENTICATED_BODIES_BYTES,
)
from isolambda_core.ports.counts import Counts, MemoryCounts

_NO_TENANT: Final = ""
_ALL: Final = "all"


class BodiesUnderWay:
    """Counts the bytes of bodies, in the thread of the event loop.

    ``counts`` are those of this process, unless others are given.
    """

    def __init__(self, counts: Counts | None = None) -> None:
        self._counts = counts or MemoryCounts()

    def open(self, tenant: str | None) -> "BodyUnderWay":
        """Return the count of one body, of a tenant or of a client without a valid key."""
        return BodyUnderWay(self, tenant or _NO_TENANT)

    def take(self, tenant: str, length: int) -> None:
        """Count bytes more.

        Raises:
            OverloadedError: there are too many, and these are not counted.
        """
        share = TENANT_BODIES_BYTES if tenant else UNAUTHENTICATED_BODIES_BYTES
        of_tenant = self._counts.add(tenant, length)
        in_all = self._counts.add(_ALL, length)
        if of_tenant > share or in_all > BODIES_BYTES:
            self.release(tenant, length)
            raise OverloadedError

    def release(self, tenant: str, length: int) -> None:
        """Count bytes no more."""
        self._counts.add(tenant, -length)
        self._counts.add(_ALL, -length)


class BodyUnderWay:
    """The bytes of one body; they count until the request is answered."""

    def __init__(self, bodies: BodiesUnderWay, tenant: str) -> None:
        self._bodies = bodies
        self._tenant = tenant
        self._length = 0

    def take(self, length: int) -> None:
        """Count bytes more; see :meth:`BodiesUnderWay.take`."""
        self._bodies.take(self._tenant, length)
        self._length += length

    def release(self) -> None:
        """Count the body no more."""
        if self._length:
            self._bodies.release(self._tenant, self._length)
        self._length = 0
