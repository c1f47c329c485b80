"""HTTP routes, gate, origin and header checks."""
