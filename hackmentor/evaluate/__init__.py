"""The third stage: what fine-tuning gained and what it cost, for a whole grid with its untuned bases."""
