"""Scripts that run other people's packages, each in an environment of its own, fed by a file."""
