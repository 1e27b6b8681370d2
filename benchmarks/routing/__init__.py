"""Ways to decide who answers, held against each other on one stream of repeated questions."""
