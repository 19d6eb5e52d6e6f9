"""A look at the data: records as the model sees them, and what a cutoff does to them. Imports no torch."""
