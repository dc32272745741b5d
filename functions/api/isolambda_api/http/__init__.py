"""What both dialects share: from the request's bytes to the response's."""
