"""Perform ``fetch`` for functions: what their documents allow, and nothing else."""
