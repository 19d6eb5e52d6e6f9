"""HackMentor: fine-tune language models for cybersecurity as a named grid, and rate every cell honestly."""

__version__ = "0.2.0"
