"""Repeat executions on the shadow of their alias, behind the answers."""
