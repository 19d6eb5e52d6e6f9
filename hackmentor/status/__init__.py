"""The verb `status`: the states of a grid's cells in the terminal."""
