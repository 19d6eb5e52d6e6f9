"""What makes a model fast on a GPU, by libraries that are there or not; the plain path is what it is compared with."""
