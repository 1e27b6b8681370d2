"""Whatever touches weights or tokens. Knows nothing of questions, skills or routes."""
