"""System 2: deliberate methods, sampled several times and put to a vote. One file a method."""
