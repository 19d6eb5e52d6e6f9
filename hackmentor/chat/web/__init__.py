"""The chat in the browser: two models side by side, their names hidden, and a vote."""
