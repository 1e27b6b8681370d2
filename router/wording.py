"""How usual a question's wording is among those that System 1 has learned a skill from.

A negated question, one with a step more, or one with a longer number lies near those that a skill
knows, and System 1 answers it as surely as them. A bound says nothing of it: it holds for questions
like those that it was counted on. A bigram model of the skill's questions (interpolated as by
Witten and Bell 1991, IEEE Trans. Inf. Theory 37(4), 1085-1094) tells how many bits a question
takes; one that takes more than the skill's own, or fewer, is not like them. Of free text, which
takes as many bits as it likes, that says little.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

LEAST_QUESTIONS = 20
"""With fewer, what is usual can't be told."""

MOST_QUESTIONS = 500
"""Of more, the newest are kept."""

UNUSUAL = 0.01
"""Share of a skill's own questions that may lie beyond either mark."""

SLACK_BITS = 1.0
"""What a question may lie beyond a mark: its own count is left out of some, and not of others."""

_TOKEN = re.compile(r"\w+|[^\w\s]")
_DIGIT = re.compile(r"\d")
_START, _END = "<s>", "</s>"


@dataclass(frozen=True)
class Wording:
    """What is usual in a skill.

    Attributes:
        questions: Those that System 1 has learned it from.
        least_bits: What they take at least, but for a few.
        most_bits: What they take at most, but for a few.
    """

    questions: tuple[str, ...]
    least_bits: float
    most_bits: float

    def why_unlike(self, question: str) -> str | None:
        """Why a question is worded unlike the skill's, in words; None when it is like them."""
        bits = self._bigrams.bits(question, own=_joined(question) in self._known)
        if bits > self.most_bits + SLACK_BITS:
            beyond = f"over the {self.most_bits:.0f}"
        elif bits < self.least_bits - SLACK_BITS:
            beyond = f"under the {self.least_bits:.0f}"
        else:
            return None
        return (
            "it is worded unlike the questions that System 1 has learned from: it takes "
            f"{bits:.0f} bits of a model of them, {beyond} that they take"
        )

    @cached_property
    def _bigrams(self) -> "Bigrams":
        return Bigrams(self.questions)

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(map(_joined, self.questions))


def wordings(learned: Mapping[str, Sequence[str]]) -> dict[str, Wording]:
    """What is usual in each skill.

    Args:
        learned: By skill, the questions that System 1 has learned it from, the newest last.

    Returns:
        By skill; without those of too few questions.
    """
    found = {}
    for skill, questions in learned.items():
        if len(questions) >= LEAST_QUESTIONS:
            kept = tuple(questions[-MOST_QUESTIONS:])
            model = Bigrams(kept)
            bits = sorted(model.bits(question, own=True) for question in kept)
            beyond = int(UNUSUAL * len(bits))
            found[skill] = Wording(kept, bits[beyond], bits[-1 - beyond])
    return found


class Bigrams:
    """How often words stand in texts, and which follow which.

    Args:
        texts: Any.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._counts = _Counts()
        for text in texts:
            self._counts.add(_tokens(text))

    def bits(self, text: str, *, own: bool = False) -> float:
        """How many bits a text takes, its end included.

        Args:
            text: Any.
            own: Whether it is one of the counted ones, which then is not counted for itself.

        Returns:
            0 or more.
        """
        said, less = _tokens(text), _Counts()
        if own:
            less.add(said)
        kinds, total = _left(self._counts.words, less.words)
        room = max(1, kinds)
        bits = 0.0
        for before, word in pairwise(said):
            count = self._counts.words[word] - less.words[word]
            single = (count + room / (kinds + 1)) / (total + room)
            known, gone = self._counts.after.get(before, _NONE), less.after.get(before, _NONE)
            follow, times = _left(known, gone)
            both = (
                (known[word] - gone[word] + follow * single) / (times + follow) if times else single
            )
            bits -= math.log2(both)
        return bits


class _Counts:
    """Words, and words by the word before them."""

    def __init__(self) -> None:
        self.words: Counter[str] = Counter()
        self.after: dict[str, Counter[str]] = {}

    def add(self, said: Sequence[str]) -> None:
        self.words.update(said[1:])
        for before, word in pairwise(said):
            self.after.setdefault(before, Counter())[word] += 1


_NONE: Counter[str] = Counter()


def _left(counts: Counter[str], less: Counter[str]) -> tuple[int, int]:
    """How many words, and how often any, are left without some that were counted.

    Both models of Witten and Bell leave room for as many new words as they know.
    """
    gone = sum(counts[word] == times for word, times in less.items())
    return len(counts) - gone, counts.total() - less.total()


def _tokens(text: str) -> list[str]:
    """A text's words and signs between a start and an end; a number is as many zeros."""
    return [_START, *_TOKEN.findall(_DIGIT.sub("0", text.casefold())), _END]


def _joined(text: str) -> str:
    return " ".join(_tokens(text))
