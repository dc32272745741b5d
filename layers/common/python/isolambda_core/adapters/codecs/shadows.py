"""Encode what a shadow has found."""

from typing import Any, cast

from isolambda_core.domain.compression import compress, decompress
from isolambda_core.domain.json_text import dump, parse
from isolambda_core.domain.limits import KIB
from isolambda_core.domain.replays.executions import Replayed
from isolambda_core.domain.replays.noise import Noise
from isolambda_core.domain.shadows.report import ShadowReport

_COMPRESS_ABOVE = KIB
_COUNTS = ("equal", "different", "skipped", "dropped", "reason", "revision")


def dump_shadow_report(report: ShadowReport) -> bytes:
    """Return a report as bytes."""
    fields = {
        **{name: getattr(report, name) for name in _COUNTS},
        "found": [each.document for each in report.found],
        "noise": report.noise.document,
    }
    return compress(dump(fields).encode(), above=_COMPRESS_ABOVE)


def load_shadow_report(stored: bytes) -> ShadowReport:
    """Return the report that :func:`dump_shadow_report` wrote; what is long has been cut there."""
    fields = cast("dict[str, Any]", parse(decompress(stored)))
    noise = fields["noise"]
    return ShadowReport(
        **{name: fields[name] for name in _COUNTS},
        found=tuple(map(Replayed.of, fields["found"])),
        noise=Noise(frozenset(noise["paths"]), frozenset(noise["members"])),
    )
