"""Where events come from: one module for each source; its ``read`` says what a function is told."""
