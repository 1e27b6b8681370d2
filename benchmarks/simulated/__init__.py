"""A world with known truth, that the router's promises are held against; no model runs."""
