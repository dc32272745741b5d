"""What one machine does unless it is told otherwise: settings that cost nothing to import."""

WORKERS = 4
"""Worker processes, each for one execution at a time."""
