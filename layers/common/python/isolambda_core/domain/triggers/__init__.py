"""Triggers, and the events that start functions by them."""
