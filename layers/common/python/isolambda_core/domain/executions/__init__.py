"""An execution: what asks for it, what crosses to the executor, how it ended."""
