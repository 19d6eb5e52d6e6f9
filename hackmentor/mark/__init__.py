"""The verb `mark`: marks answers to a published exam that came from anywhere."""
