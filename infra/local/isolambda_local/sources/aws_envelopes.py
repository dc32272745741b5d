"""What events of one machine share with those of AWS, so that the dispatcher reads both alike."""

from collections.abc import Mapping, Sequence
from typing import Any

from isolambda_core.domain.ids import dashed
from isolambda_dispatcher.parsing import iso

REGION, ACCOUNT = "local", "000000000000"


def eventbridge_event(
    event_id: str,
    at_ms: int,
    source: str,
    detail_type: str,
    resources: Sequence[str],
    detail: object,
) -> Mapping[str, Any]:
    """Return an event in the form of Amazon EventBridge; ``at_ms`` is in Unix milliseconds."""
    return {
        "version": "0",
        "id": dashed(event_id),
        "source": source,
        "detail-type": detail_type,
        "account": ACCOUNT,
        "region": REGION,
        "time": iso(at_ms),
        "resources": list(resources),
        "detail": detail,
    }
