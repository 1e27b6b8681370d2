"""What was asked, answered and verified. Knows nothing of routing or training."""
