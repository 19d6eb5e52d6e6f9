"""The verb `sync`: what was tracked offline goes to the W&B server whole, and counts once it is there."""
