"""Adapters of single services of AWS, and the clients that all share."""
