"""How much memory training takes, part by part, from plain numbers. Imports no torch: `hackmentor plan` asks too."""
