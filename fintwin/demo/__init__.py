"""The demo household's generator."""
