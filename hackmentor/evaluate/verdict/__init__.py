"""What the measurements say together: which differences are more than noise, and which cell is best. Needs no torch."""
