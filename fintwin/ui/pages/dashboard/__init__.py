"""Where the person stands."""
