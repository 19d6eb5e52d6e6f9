"""Judges that decide which of two answers is better: a metric, a language model, or a person who sees no names."""
