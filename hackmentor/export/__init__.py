"""A trained cell for other programs: adapter, merged safetensors, GGUF, Ollama; each loaded back and compared."""
