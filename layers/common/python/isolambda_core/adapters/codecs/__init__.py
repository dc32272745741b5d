"""How documents, records and messages are written as bytes, alike in every store."""
