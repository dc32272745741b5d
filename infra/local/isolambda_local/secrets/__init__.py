"""Files of one machine that nobody else may read."""
