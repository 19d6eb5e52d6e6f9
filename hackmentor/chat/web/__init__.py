"""The chat in the browser: two beside each other without their names, and a vote."""
