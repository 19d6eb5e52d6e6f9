"""Every run and artifact tracked, by Weights & Biases unless told otherwise, never at the cost of the work."""
