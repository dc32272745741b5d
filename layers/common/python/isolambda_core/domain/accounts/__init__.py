"""Accounts, their API keys and their rate limits."""
