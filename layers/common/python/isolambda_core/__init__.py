"""What every part of Isolambda shares: the domain, the ports, the use cases and their adapters."""

__version__ = "0.1.0"
