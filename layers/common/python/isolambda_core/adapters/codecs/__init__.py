"""Encode documents, records and messages, in the same way for every store."""
