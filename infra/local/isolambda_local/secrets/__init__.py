"""Files of one machine that only their owner may read."""
