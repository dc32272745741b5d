"""Execute recorded executions again, on two versions, and compare them."""
