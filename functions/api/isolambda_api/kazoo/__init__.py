"""The functions API of Kazoo's crossbar."""
