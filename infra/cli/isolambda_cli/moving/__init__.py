"""Move accounts with all that they have between installations, by files."""
