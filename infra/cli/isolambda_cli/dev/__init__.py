"""The command ``isolambda dev``: a server of a project's own, that follows its files."""
