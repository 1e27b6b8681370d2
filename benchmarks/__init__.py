"""Measurements against peers and limits, and the demonstration; not installed."""
