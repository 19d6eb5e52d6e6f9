"""Experiment tracking: runs, metrics and artifacts in W&B, in any Lightning logger, or nowhere."""
