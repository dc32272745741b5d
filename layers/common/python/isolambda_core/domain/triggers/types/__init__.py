"""Types of triggers: one module a type, which says all that the domain knows of it."""
