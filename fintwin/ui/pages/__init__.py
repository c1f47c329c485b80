"""One folder a page: what it shows, its state, its sections."""
