"""Memory -> candidate adapter -> verdict. Knows nothing of routing."""
