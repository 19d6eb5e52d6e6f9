"""How a conversation becomes tokens: one template a family, the same in training, evaluation and chat."""
