"""The API of what the shadows of aliases find."""
