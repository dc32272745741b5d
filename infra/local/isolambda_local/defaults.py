"""Default settings of one machine, which cost nothing to import."""

WORKERS = 4
"""Worker processes, each for one execution at a time."""
