"""One file a step, named by its number. Steps are never edited once released."""
