"""Many cells: each in a process of its own, whatever becomes of the others."""
