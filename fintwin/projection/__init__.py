"""A snapshot of the books and what may become of it."""
