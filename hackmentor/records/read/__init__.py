"""Reads records that other projects and users write, in every shape, with every item accounted for."""
