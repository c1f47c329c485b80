"""People, sign-in, sessions, profiles."""
