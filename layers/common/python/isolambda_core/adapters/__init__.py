"""Adapters of the ports: Amazon's services, and what both stores share."""
