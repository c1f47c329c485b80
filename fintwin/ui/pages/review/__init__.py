"""The review of what has no category."""
