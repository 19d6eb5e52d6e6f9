"""Ratings of models from battles alone, with intervals: which is better, by how much, and whether that is chance."""
