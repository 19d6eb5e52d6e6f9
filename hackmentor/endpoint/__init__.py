"""A client for any OpenAI-compatible endpoint: a teacher, a judge, a contestant. Needs neither torch, Hydra nor W&B."""
