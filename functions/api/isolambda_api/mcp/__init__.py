"""The functions of an account as tools, by the Model Context Protocol."""
