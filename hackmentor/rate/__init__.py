"""Rate the models of any file of battles."""
