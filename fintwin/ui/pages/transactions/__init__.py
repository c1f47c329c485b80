"""The register: filter, rows, detail, new movements."""
