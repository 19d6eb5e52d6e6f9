"""The base model and the adapter on it: find, load, quantise, adapt, save, verify."""
