"""Program of thought: the model writes a short program, the sandbox runs it, its value is the vote.

PAL (arXiv 2211.10435) and Program of Thoughts (arXiv 2211.12588).
"""

from agent.system2.programs import Programs


class ProgramOfThought(Programs):
    """Few-shot programs that go over data: words in a list, events in a table."""

    name = "program_of_thought"
    family = "program"
