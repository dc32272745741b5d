"""Schemas of what functions take and return."""
