"""Small values everything may use: money, ids, clock, errors, pages."""
