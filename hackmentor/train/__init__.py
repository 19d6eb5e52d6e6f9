"""The second stage: from records and a base model to a cell's adapter."""
