"""Connections for what bounds them."""

from dataclasses import dataclass


@dataclass(eq=False)
class FakeConnection:
    """A connection that waits until it is closed."""

    waits_since: float
    address: str = "127.0.0.1"
    waits: bool = True

    def abort(self) -> None:
        """Close it."""
        self.waits = False
