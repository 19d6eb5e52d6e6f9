"""Who is better, by how much, and is that more than chance: from battles alone, with nothing but NumPy."""
