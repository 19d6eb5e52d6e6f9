"""The verb `rate`: rates the models of any file of battles."""
