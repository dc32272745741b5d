"""Where functions answer requests themselves."""
