"""The JavaScript that every isolate evaluates before any user code, in the order of its names.

What stands in ``later/`` it evaluates at its first use.
"""
