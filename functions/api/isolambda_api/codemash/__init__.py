"""The functions API of CodeMash."""
