"""The unit of the framework: a cell, its name, its folder and files, its state. Imports nothing heavy."""
