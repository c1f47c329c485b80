"""Pages, shell, components."""
