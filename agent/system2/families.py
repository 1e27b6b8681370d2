"""The methods by name, and which are alike. Light: no method is loaded."""

FAMILIES = {
    "program_of_thought": "program",
    "chain_of_code": "steps",
    "chain_of_thought": "words",
    "rephrase_and_respond_1": "words",
    "rephrase_and_respond_2": "words",
    "system2_attention": "words",
    "branch_solve_merge": "words",
    "self_consistency": "direct",
}
"""Methods of one family tend to make the same slips; a test holds this to the methods."""

COMPUTING = frozenset({"program", "steps"})
"""Families that write programs."""

UNIVERSAL = "universal"
"""Whose vote is the model's pick among free texts."""

AUTO = "auto"
"""Stands for the method that a question's form and skill call for."""
