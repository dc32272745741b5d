"""Tools that code calls: what a call is, what refuses it, and the tokens of callers."""
