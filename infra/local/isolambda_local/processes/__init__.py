"""Several server processes on one port and one directory of data, with common bounds."""
