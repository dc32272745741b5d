"""Reports of results: for people, for harnesses (TAP), and for servers that build (JUnit)."""
