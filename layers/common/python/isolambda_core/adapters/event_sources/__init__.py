"""What triggers are bound to on AWS: one module for each type, and what several types share."""

from isolambda_core.adapters.event_sources.registry import Clients, client_config, open_sources

__all__ = ["Clients", "client_config", "open_sources"]
