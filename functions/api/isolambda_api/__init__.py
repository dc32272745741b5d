"""The HTTP API of Isolambda: the Kazoo and the CodeMash functions APIs on one store."""
