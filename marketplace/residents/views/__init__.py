"""The register at the desk: masked, opened for a purpose, on record."""
