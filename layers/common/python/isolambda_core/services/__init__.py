"""The use cases: what a client may want done, in terms of the domain and the ports."""
