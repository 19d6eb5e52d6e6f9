"""What only a processor needs to compute fast. On a GPU nothing of this is in use."""
