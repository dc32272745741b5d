"""What triggers are bound to on AWS."""

from isolambda_core.adapters.event_sources.sources import (
    AwsEventSources,
    Clients,
    client_config,
    open_sources,
)

__all__ = ["AwsEventSources", "Clients", "client_config", "open_sources"]
