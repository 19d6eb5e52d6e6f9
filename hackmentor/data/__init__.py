"""The data stage: security catalogues in, typed training records out, every record with its origin."""
