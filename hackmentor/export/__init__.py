"""Exports a trained cell as adapter, merged safetensors, GGUF or Ollama model, each loaded back and compared."""
