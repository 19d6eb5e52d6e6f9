"""Runs many cells: sweepers choose and schedule them, launchers run each in a process of its own."""
