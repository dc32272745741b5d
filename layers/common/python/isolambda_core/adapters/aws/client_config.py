"""How clients of boto3 are configured, without importing botocore where none is made yet."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botocore.config import Config


def configured(**options: Any) -> "Config":
    """Return a ``botocore.config.Config``."""
    from botocore.config import Config  # noqa: PLC0415 - 25 ms, and no client is made before

    return Config(**options)
