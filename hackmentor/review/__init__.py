"""Shows an experiment: one self-contained page, made from the files that its cells left behind."""
