"""Talks to any OpenAI-compatible endpoint: a teacher, a judge, a contestant. Imports neither torch, Hydra nor W&B."""
