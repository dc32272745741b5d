"""What a replay finds: executions of two versions for one input, compared."""
