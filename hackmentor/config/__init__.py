"""From the command line to a typed, validated configuration. Nothing here imports torch."""
