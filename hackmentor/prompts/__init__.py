"""Chat templates, one a model family, the same in training, evaluation and chat; conversations as tokens."""
