"""Every change that fits a question."""

from agent.system2 import pair
from agent.variants import alternatives, names, opinion, options, spacing, swapped
from agent.variants.variant import Variant


def variants_of(question: str, seed: int = 0) -> list[Variant]:
    """Change a question in every way that fits it.

    A question with two answers to compare is only changed by swapping them: an opinion, a name or
    a list in one of them is part of what is judged.

    Args:
        question: A standalone question.
        seed: Which order of the options and which names, where there are several; >= 0.

    Returns:
        The variants, the same for the same arguments; none that equals the question.
    """
    if pair.parse(question) is not None:
        found = swapped.swap_answers(question)
    else:
        found = [
            *options.shuffle_options(question, seed),
            *alternatives.move_alternatives(question, seed),
            *opinion.change_opinion(question),
            *names.replace_names(question, seed),
            *spacing.widen_gaps(question),
        ]
    return [variant for variant in found if variant.question != question]
