"""A teacher model writes records: it expands seeds, turns texts into dialogues, and plays consultant and client."""
