"""What was changed, and who changed it."""
