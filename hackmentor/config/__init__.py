"""From the command line to a typed, checked configuration. Nothing here imports torch."""
