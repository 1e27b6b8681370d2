"""Chain of code: the question is worked out a statement at a time, in code that is then run.

After Chain of Code (arXiv 2312.04474), without its emulator: a comment says in words what happens,
the statement below does just that. Where program of thought generalises (a table of events and a
loop over it), this traces, so the two misread a question in different places; how far, and with
which errors in common, `benchmarks/verification.py` measures.
"""

from agent.system2.programs import Programs


class ChainOfCode(Programs):
    """Few-shot programs that do one thing a line, with a comment that says it in words."""

    name = "chain_of_code"
    family = "steps"
