"""Use cases of triggers and of the events that come by them."""
