"""Ways to turn a held-out draft's features into a probability, held against each other."""
