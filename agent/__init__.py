"""Puts the parts together, and faces people."""
