"""What an operator types: below `isolambda admin`, and on the store itself."""
