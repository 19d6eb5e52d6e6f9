"""The verdict on an experiment: which differences are significant, and which cell is best. Needs no torch."""
