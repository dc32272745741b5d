"""The JavaScript that every isolate evaluates before any user code, in the order of its names."""
