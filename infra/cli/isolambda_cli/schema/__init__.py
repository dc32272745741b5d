"""The commands ``isolambda schema``."""
