"""Words on which unlike methods part: a skill's questions that hold one are another form of it.

Skills are found by likeness, and a method that has borne out "the last letters" may slip in every
sample on "the last 2 letters", or count ones where zeros are asked for. The skill's trust is mostly
of the other questions. So each word is tested: are the questions that hold it contradicted by
unlike methods, or by people, more often than the skill's others are? (Fisher's exact test, one
tail; Bonferroni's correction for all words that were tested.) A slip that unlike methods share is
not seen here either.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from agent.words import folded, words_in

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEAST = 3
"""Checked questions that must hold a word before it is tested."""

_SIGNS = re.compile(r"(?<![^\s\d])[^\w\s]+(?![^\s\d])")
"""What stands between numbers or white space: operators, and the minus of a number."""


def words_of(question: str) -> frozenset[str]:
    """The words, numbers and operators of a question, in lower case and one Unicode form.

    Of a script without spaces, each two letters that stand together.
    """
    return frozenset((*_SIGNS.findall(folded(question)), *words_in(question, together=2)))


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
    checked = [
        (words_of(question), said)
        for question, said in zip(questions, borne_out, strict=True)
        if said is not None
    ]
    against = sum(not said for _, said in checked)
    if not against:
        return frozenset()
    times = _count(words for words, _ in checked)
    parted = _count(words for words, said in checked if not said)
    tested = [word for word, n in times.items() if n >= LEAST]
    return frozenset(
        word
        for word in tested
        if 2 * parted[word] > times[word]
        and _tail(len(checked), against, times[word], parted[word]) * len(tested) <= significance
    )


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
