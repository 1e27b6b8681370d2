"""Words on which unlike methods part: a skill's questions that hold one are another form of it.

Skills are found by likeness, and a method that has borne out "the last letters" may slip in every
sample on "the last 2 letters", or count ones where zeros are asked for. The skill's trust is mostly
of the other questions. So each word is tested: are the questions that hold it contradicted by
unlike methods, or by people, more often than the skill's others are? (Fisher's exact test, one
tail; Bonferroni's correction for all words that were tested.) A slip that unlike methods share is
not seen here: only people find it (`agent.slips`).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from memory.words import words_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEAST = 3
"""Checked questions that must hold a word before it is tested."""


def parting_words(
    questions: Sequence[str], borne_out: Sequence[bool | None], significance: float
) -> frozenset[str]:
    """The words whose questions are contradicted, more often than not and beyond chance.

    Args:
        questions: Of one skill.
        borne_out: Whether anything but the vote's own method gave the vote's answer; None where
            nothing else gave any.
        significance: Probability of finding any word where none matters, in (0, 1).

    Returns:
        The words, in lower case.
    """
    pairs = zip(questions, borne_out, strict=True)
    found = seen_with([(words_of(question), said) for question, said in pairs if said is not None])
    tests = sum(seen.times >= LEAST for seen in found.values())
    return frozenset(
        word
        for word, seen in found.items()
        if seen.mostly_against and seen.p_value * tests <= significance
    )


@dataclass(frozen=True, slots=True)
class Seen:
    """The checked questions of a skill that hold a word.

    Attributes:
        times: How many.
        against: How many of them were contradicted.
        of: How many the skill has.
        of_against: How many of the skill's were contradicted.
    """

    times: int
    against: int
    of: int
    of_against: int

    @property
    def mostly_against(self) -> bool:
        """Whether they are enough, and most of them were contradicted."""
        return self.times >= LEAST and 2 * self.against > self.times

    @property
    def sets_apart(self) -> bool:
        """Whether the skill's other ones were contradicted less often."""
        others = self.of - self.times
        return self.against * others > (self.of_against - self.against) * self.times

    @property
    def p_value(self) -> float:
        """P(at least so many of them are contradicted, were those of the skill any)."""
        return _tail(self.of, self.of_against, self.times, self.against)


Judged = tuple[frozenset[str], bool]
"""The words of a question, and whether its answer was borne out or contradicted."""


def seen_with(checked: Sequence[Judged]) -> dict[str, Seen]:
    """The checked questions of a skill by their words.

    Args:
        checked: Of one skill.

    Returns:
        By word, in lower case, what was seen with it.
    """
    against = sum(not right for _, right in checked)
    times = _count(words for words, _ in checked)
    parted = _count(words for words, right in checked if not right)
    return {word: Seen(n, parted[word], len(checked), against) for word, n in times.items()}


def _count(sets: Iterable[frozenset[str]]) -> Counter[str]:
    return Counter(word for words in sets for word in words)


def _tail(total: int, marked: int, drawn: int, least: int) -> float:
    """P(at least so many marked ones among those drawn without return)."""
    n = np.arange(least, min(marked, drawn) + 1)
    ways = _log_ways(marked, n) + _log_ways(total - marked, drawn - n) - _log_ways(total, drawn)
    return float(np.exp(ways).sum())


def _log_ways(of: int, drawn: Ints | int) -> Floats:
    """Logarithm of the ways to draw so many of so many; -inf where there is none."""
    ways: Floats = gammaln(of + 1) - gammaln(drawn + 1) - gammaln(of - drawn + 1)
    return ways
