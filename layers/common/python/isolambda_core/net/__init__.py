"""Requests to servers that clients choose: their names and their answers may be hostile."""
