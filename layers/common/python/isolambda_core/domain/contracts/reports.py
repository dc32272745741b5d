"""What there is to say of the contract of a version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from isolambda_core.domain.contracts.comparison import Break
from isolambda_core.domain.contracts.outcomes import Played
from isolambda_core.domain.json_text import JsonValue


@dataclass(frozen=True, slots=True)
class Report:
    """What came of all saved calls of a function on one version, in the order of their names.

    ``changes`` is how many changes the saved calls had had before they were read.
    """

    version: str
    calls: Sequence[Played]
    changes: int

    @property
    def failed(self) -> Sequence[Played]:
        """Those that did not pass."""
        return [call for call in self.calls if call.difference is not None]

    @property
    def document(self) -> Mapping[str, JsonValue]:
        """The report as clients get it."""
        failed = len(self.failed)
        return {
            "version": self.version,
            "passed": len(self.calls) - failed,
            "failed": failed,
            "calls": [call.document for call in self.calls],
        }


@dataclass(frozen=True, slots=True)
class SchemaBreak:
    """A break between the schemas of two versions; ``of`` is ``input`` or ``result``."""

    of: str
    version: str
    before: str
    found: Break

    @property
    def document(self) -> Mapping[str, JsonValue]:
        """The break as clients get it."""
        return {
            "of": self.of,
            "path": self.found.path,
            "what": self.found.what,
            "version": self.version,
            "before": self.before,
        }
