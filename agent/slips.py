"""Slips that all methods of a skill share: words on whose questions people found answers wrong.

Where every method takes "flips it 2 times" for one flip, all agree, and no vote sees it. A person
does, one answer at a time. Where most answers that people judged on questions with a word are
wrong, and that is no accident among answers of which few may be, no other answer there is trusted
either, and System 1 is not asked such a question: who taught it made the slip too. Words are found
one slip after another, the one that parts wrong answers from right ones best first (Fisher's exact
test), so that none takes the blame for another's. There is no correction for the words that were
tested, as in `agent.parting`: what a person says is certain, a false alarm costs the skill a few
questions, and each answer more would cost a person's time.
"""

from collections import Counter
from collections.abc import Sequence

from scipy.stats import binom

from agent.parting import LEAST, judged, seen_with
from memory.words import words_of


def slip_words(
    questions: Sequence[str],
    right: Sequence[bool | None],
    *,
    min_probability: float,
    significance: float,
) -> frozenset[str]:
    """The words on whose questions people found most answers wrong.

    Args:
        questions: Of one skill.
        right: Whether a person found the answer right; None where nobody said.
        min_probability: That a trusted answer is right, in (0, 1).
        significance: Probability of as many wrong answers with one word, were each right with
            `min_probability`; in (0, 1).

    Returns:
        The words, in lower case; none that all of them hold.
    """
    slips = frozenset[str]()
    left = judged(questions, right)
    while True:
        left = [(words, said) for words, said in left if not slips & words]
        found = {
            word: seen.p_value
            for word, seen in seen_with(left).items()
            if seen.mostly_against
            and seen.sets_apart
            and binom.sf(seen.against - 1, seen.times, 1 - min_probability) <= significance
        }
        if not found:
            return slips
        best = min(found.values())
        slips |= {word for word, p_value in found.items() if p_value == best}


def suspects(
    questions: Sequence[str],
    right: Sequence[bool | None],
    slips: frozenset[str],
    elsewhere: frozenset[str] = frozenset(),
) -> list[frozenset[str]]:
    """The words of each question that came with wrong answers alone, and too few to tell.

    Args:
        questions: Of one skill.
        right: As in `slip_words`.
        slips: What that found.
        elsewhere: What it found in other skills: the same methods may slip on them here.

    Returns:
        For each question its words that may be a slip's: of those that some of the skill's
        questions hold, and not most. None for a question that a person judged, or that holds a
        slip's word.
    """
    found = seen_with(judged(questions, right))
    doubted = {w for w, seen in found.items() if 0 < seen.against == seen.times < LEAST}
    doubted |= elsewhere - found.keys()
    if not doubted:
        return [frozenset()] * len(questions)
    words_N = list(map(words_of, questions))
    times = Counter(word for words in words_N for word in words & doubted)
    doubted = {word for word, n in times.items() if LEAST <= n <= len(questions) / 2}
    return [
        frozenset() if said is not None or slips & words else words & doubted
        for words, said in zip(words_N, right, strict=True)
    ]
