"""Work whose answer a program can check: records for training, items for evaluation, and the marks of answers."""
