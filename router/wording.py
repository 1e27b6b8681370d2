"""How usual a question's wording is among those that System 1 has learned a skill from.

A negated question, one with a step more, or one with a longer number lies near those that a skill
knows, and System 1 answers it as surely as them. A bound says nothing of it: it holds for questions
like those that it was counted on. A bigram model of the skill's questions (interpolated as by
Witten and Bell 1991, IEEE Trans. Inf. Theory 37(4), 1085-1094) tells how many bits a question
takes; one that takes more than the skill's own, or fewer, is not like them. Of free text, which
takes as many bits as it likes, that says little.

A skill that is asked in long and short forms takes many bits or few, so a step more in a short one
goes unnoticed. But where almost every form comes again, one that never came is another. How many
new questions would have a new form is the share of those whose form came once (Good 1953,
Biometrika 40(3/4), 237-264); where it is large, as in free text, forms say nothing.
"""

import math
import re
from collections import Counter, defaultdict
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

NEW_FORMS = 0.1
"""Share of new questions with a new form up to which one that has such a form is unlike them."""

RARE = 0.01
"""Share of a skill's questions in which a word stands at least that belongs to a form."""

_UNLIKE = "it is worded unlike the questions that System 1 has learned from: "
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
        bits, telling = self._bigrams.bits(question), self._forms.new <= NEW_FORMS
        if bits > self.most_bits + SLACK_BITS:
            beyond = f"over the {self.most_bits:.0f}"
        elif telling and self._forms.have(question):
            return None  # fewer bits are those of a name or a number that was asked about before
        elif bits < self.least_bits - SLACK_BITS:
            beyond = f"under the {self.least_bits:.0f}"
        elif telling:
            return f"{_UNLIKE}none of them has its form"
        else:
            return None
        return f"{_UNLIKE}it takes {bits:.0f} bits of a model of them, {beyond} that they take"

    @cached_property
    def _forms(self) -> "Forms":
        return Forms(self.questions)

    @cached_property
    def _bigrams(self) -> "Bigrams":
        return Bigrams(self.questions)


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
            bits = sorted(map(model.bits, kept))
            beyond = int(UNUSUAL * len(bits))
            found[skill] = Wording(kept, bits[beyond], bits[-1 - beyond])
            vars(found[skill])["_bigrams"] = model  # made once; the held-out questions are next
    return found


class Forms:
    """In which forms questions come: their words, with a gap for each name and each rare word.

    A name is what always stands with a capital; so do first words, which are gaps, too.

    Args:
        questions: One or more.

    Attributes:
        new: Share of new questions that would have a new form, as far as these can tell.
    """

    def __init__(self, questions: Sequence[str]) -> None:
        said = Counter(map(_words, questions))  # many differ in their numbers alone
        counts = Counter[str]()
        for words, times in said.items():
            counts.update(dict.fromkeys(map(str.casefold, words), times))
        least = max(2, RARE * len(questions))
        small = {word.casefold() for words in said for word in words if not word[0].isupper()}
        self._kept = frozenset(word for word in small if counts[word] >= least)
        self._known = Counter[tuple[str | None, ...]]()
        for words, times in said.items():
            self._known[self._form(words)] += times
        self.new = sum(times == 1 for times in self._known.values()) / len(questions)

    def have(self, question: str) -> bool:
        """Whether one of the questions has the form of this one."""
        return self._form(_words(question)) in self._known

    def _form(self, words: Sequence[str]) -> tuple[str | None, ...]:
        folded = map(str.casefold, words)
        return tuple(word if word in self._kept else None for word in folded)


class Bigrams:
    """How often words stand in texts, and which follow which.

    Args:
        texts: Any.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._counts, self._known = _Counts(), dict[tuple[str, ...], float | None]()
        for text in texts:
            said = _tokens(text)
            self._known[said] = None  # its bits, once they are asked for
            self._counts.add(said)

    def bits(self, text: str) -> float:
        """How many bits a text takes, its end included.

        Args:
            text: Any; one that was counted is not counted for itself.

        Returns:
            0 or more.
        """
        said = _tokens(text)
        if said not in self._known:
            return self._bits(said, _Counts())
        known = self._known[said]
        if known is None:  # many texts differ in their numbers alone
            less = _Counts()
            less.add(said)
            known = self._known[said] = self._bits(said, less)
        return known

    def _bits(self, said: Sequence[str], less: "_Counts") -> float:
        """The bits of these words, without some that were counted."""
        whole = self._counts
        kinds = _kinds_left(whole.words, less.words)
        total = whole.total - less.total
        room = max(1, kinds)
        bits = 0.0
        for before, word in pairwise(said):
            count = whole.words.get(word, 0) - less.words.get(word, 0)
            single = (count + room / (kinds + 1)) / (total + room)
            times = whole.times.get(before, 0) - less.times.get(before, 0)
            if times:
                known, gone = whole.after[before], less.after[before]
                follow = _kinds_left(known, gone)
                both = known.get(word, 0) - gone.get(word, 0)
                single = (both + follow * single) / (times + follow)
            bits -= math.log2(single)
        return bits


class _Counts:
    """Words, and words by the word before them; with their sums, which are asked for most."""

    def __init__(self) -> None:
        self.words: defaultdict[str, int] = defaultdict(int)
        self.after: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
        self.times: defaultdict[str, int] = defaultdict(int)
        self.total = 0

    def add(self, said: Sequence[str]) -> None:
        for before, word in pairwise(said):
            self.words[word] += 1
            self.times[before] += 1
            self.after[before][word] += 1
        self.total += len(said) - 1


def _kinds_left(counts: Mapping[str, int], less: Mapping[str, int]) -> int:
    """How many different words are left without some that were counted.

    Both models of Witten and Bell leave room for as many new words as they know.
    """
    return len(counts) - sum([counts.get(word) == times for word, times in less.items()])


def _tokens(text: str) -> tuple[str, ...]:
    """A text's words and signs, folded, between a start and an end."""
    return (_START, *_words(text.casefold()), _END)


def _words(text: str) -> tuple[str, ...]:
    """A text's words and signs; a number is as many zeros."""
    return tuple(_TOKEN.findall(_DIGIT.sub("0", text)))
