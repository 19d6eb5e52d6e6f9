"""Training records, the files that hold them, and readers of every shape that others write. Imports no torch."""
