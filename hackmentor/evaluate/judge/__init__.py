"""Who of two answered better: by the reference answer, by a language model, or by a person who sees no names."""
