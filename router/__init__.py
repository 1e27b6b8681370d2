"""Which system answers, and how sure. Knows nothing of how either system works."""
