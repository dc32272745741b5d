"""Contracts of functions: their saved calls, and what their schemas promise."""
