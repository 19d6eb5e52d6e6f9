"""Find a base model and read what its folder says: imports neither torch nor transformers."""
