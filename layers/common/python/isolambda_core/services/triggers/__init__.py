"""Use cases of triggers and their events."""
