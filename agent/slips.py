"""Slips that all methods of a skill share: words on whose questions people found answers wrong.

Where every method takes "flips it 2 times" for one flip, all agree, and no vote sees it. A person
does, one answer at a time. Where most answers that people judged on questions with a word are
wrong, and that is no accident among answers of which few may be, no other answer there is trusted
either, and System 1 is not asked such a question: who taught it made the slip too. Words are found
one slip after another, the one that parts wrong answers from right ones best first (Fisher's exact
test), so that none takes the blame for another's. There is no correction for the words that were
tested, as in `agent.parting`: a false alarm costs the skill a few questions, and each answer more
would cost a person's time. But of many words some fit any errors. So no answer is excused by a word
that it helped to find: whether a judged one counts for the rest of its skill is said by the others.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scipy.stats import binom

from agent.parting import LEAST, Judged, seen_with
from memory.words import words_of

FOLDS = 5
"""Parts of what people judged; each is weighed by the others."""

ENOUGH = 8
"""Wrong answers with a word after which no more are asked for, whatever they show."""


@dataclass(frozen=True, slots=True)
class Slips:
    """What people's answers show of a skill's questions.

    Attributes:
        words: On whose questions most answers are wrong, in lower case.
        apart: For each question, whether it holds one; a judged one is held against those words
            that answers of other parts show.
    """

    words: frozenset[str]
    apart: tuple[bool, ...]


def find_slips(
    questions: Sequence[str],
    right: Sequence[bool | None],
    *,
    min_probability: float,
    significance: float,
) -> Slips:
    """Find the words on whose questions people found most answers wrong.

    Args:
        questions: Of one skill.
        right: Whether a person found the answer right; None where nobody said.
        min_probability: That a trusted answer is right, in (0, 1).
        significance: Probability of as many wrong answers with one word, were each right with
            `min_probability`; in (0, 1).

    Returns:
        Them; no word that more than half of the skill's questions hold.
    """
    if sum(said is False for said in right) < LEAST:
        return Slips(frozenset(), (False,) * len(questions))
    words_N = [words_of(question) for question in questions]
    times = Counter(word for words in words_N for word in words)
    common = frozenset(word for word, n in times.items() if n > len(questions) / 2)

    def accident(against: int, n: int) -> bool:
        return bool(binom.sf(against - 1, n, 1 - min_probability) > significance)

    told = [at for at, said in enumerate(right) if said is not None]
    known = [(words_N[at] - common, bool(right[at])) for at in told]
    found = _slip_words(known, accident)
    apart = [bool(found & words) for words in words_N]
    for fold in range(FOLDS if found else 0):
        others = [each for at, each in enumerate(known) if at % FOLDS != fold]
        by_others = _slip_words(others, accident)
        for at in told[fold::FOLDS]:
            apart[at] = bool(by_others & words_N[at])
    return Slips(found, tuple(apart))


def suspects(
    questions: Sequence[str],
    right: Sequence[bool | None],
    slips: frozenset[str],
    elsewhere: frozenset[str] = frozenset(),
) -> list[frozenset[str]]:
    """The words of each question that came with wrong answers alone, and too few to tell.

    Args:
        questions: Of one skill.
        right: As in `find_slips`.
        slips: The words that it found.
        elsewhere: Those that it found in other skills: the same methods may slip on them here.

    Returns:
        For each question its words that may be a slip's: of those that some of the skill's
        questions hold, and not most. None for a question that a person judged, or that holds a
        slip's word.
    """
    if False not in right and not elsewhere:
        return [frozenset()] * len(questions)
    words_N = [words_of(question) for question in questions]
    told = [(words, said) for words, said in zip(words_N, right, strict=True) if said is not None]
    left = [(words, said) for words, said in told if not slips & words]
    times = Counter(word for words, _ in left for word in words)
    proved = {word for words, said in left if said for word in words}
    doubted = {w for w, n in times.items() if n < ENOUGH} - proved | (elsewhere - times.keys())
    if not doubted:
        return [frozenset()] * len(questions)
    held = Counter(word for words in words_N for word in words & doubted)
    doubted = {word for word, n in held.items() if LEAST <= n <= len(questions) / 2}
    return [
        frozenset() if said is not None or slips & words else words & doubted
        for words, said in zip(words_N, right, strict=True)
    ]


def _slip_words(left: Sequence[Judged], accident: Callable[[int, int], bool]) -> frozenset[str]:
    """The words of one slip after another, the clearest first."""
    slips = frozenset[str]()
    while True:
        left = [(words, said) for words, said in left if not slips & words]
        found = {
            word: seen.p_value
            for word, seen in seen_with(left).items()
            if seen.mostly_against and seen.sets_apart and not accident(seen.against, seen.times)
        }
        if not found:
            return slips
        best = min(found.values())
        slips |= {word for word, p_value in found.items() if p_value == best}
