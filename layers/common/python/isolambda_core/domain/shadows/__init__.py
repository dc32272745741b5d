"""What the shadow of an alias finds."""
