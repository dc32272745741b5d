"""What the audit keeps of changes."""
