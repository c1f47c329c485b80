"""The first minutes: two steps of questions, then three doors."""
