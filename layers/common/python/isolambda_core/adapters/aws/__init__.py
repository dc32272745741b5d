"""Adapters of single services of AWS, and how their clients are made."""
