"""Refines records before they are kept: masks secrets, checks quality, and drops duplicates and contamination."""
