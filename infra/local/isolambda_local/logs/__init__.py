"""The log of a server on one machine: how its lines look, and how they are written."""
