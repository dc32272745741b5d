"""Secrets: values that functions use and cannot read."""
