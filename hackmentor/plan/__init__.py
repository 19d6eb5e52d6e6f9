"""Memory, steps and time of a cell, estimated before it is trained. Loads no weights and imports no torch."""
