"""The ports, kept by Amazon's services."""
