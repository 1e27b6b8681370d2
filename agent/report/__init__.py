"""Reports: how questions were routed, what it cost and saved, skill by skill. Asks no model."""
