"""The states of a grid in the terminal."""
