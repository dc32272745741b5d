"""Say by the template of a path which of the APIs it belongs to."""

from typing import Final

from isolambda_api.codemash.routes import PREFIXES
from isolambda_api.http.router import UNKNOWN
from isolambda_local.metrics.families import OTHER

_BELOW: Final = {
    "pivot": "pivot",
    "webhooks": "webhooks",
    "http": "http",
    "internal": "internal",
    "v1": "kazoo",
    "v2": "kazoo",
}
"""The APIs by the first part of the path; what has none of these is the service's own."""
_MCP: Final = ("/mcp", "/mcp/code")


def door_of(template: str) -> str:
    """Return the name of the API, one of ``families.DOORS``."""
    if template == UNKNOWN:
        return OTHER
    if template.startswith(PREFIXES):
        return "codemash"
    if template.endswith(_MCP):
        return "mcp"
    return _BELOW.get(template.split("/")[1], "service")
