"""Whether a person's books are whole, and the seal to keep."""
