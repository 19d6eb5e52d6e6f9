"""A cell, the unit of a grid: its name, its folder and files, its state. Imports nothing heavy."""
