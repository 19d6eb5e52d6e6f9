"""Read what other projects and users write, in every shape, with every item accounted for."""
