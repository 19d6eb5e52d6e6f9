"""The third stage: what tuning gained and what it cost, for a whole grid with its untuned bases."""
