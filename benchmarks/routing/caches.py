"""Caches that answer a question with what was said of a like one; ours, and others' run elsewhere.

A cache only finds questions. Its policy keeps System 2's answers, so that every cache serves the
same ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from benchmarks.routing.policies import Outcome, Served, deferred
from memory.records import question_key
from models.types import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """A question that was answered before the stream began.

    Attributes:
        question: As it was asked.
        answer: System 2's.
        verified: Whether that was verified.
        embedding: float32 (D,), unit length.
    """

    question: str
    answer: str
    verified: bool
    embedding: FloatArray


@dataclass(frozen=True, slots=True)
class Lookup:
    """What a cache found.

    Attributes:
        question: Whose answer it would serve; None for a miss.
        seconds: That it took, once the question was embedded.
    """

    question: str | None
    seconds: float = 0.0


class Cache(Protocol):
    """Finds a like question among those added."""

    def look(self, embedding: FloatArray) -> Lookup:
        """Find the question whose answer is to be served."""
        ...

    def add(self, question: str, embedding: FloatArray) -> None:
        """Take a question in that System 2 has answered."""
        ...


class SimilarityIndex:
    """The nearest question, if it is near enough.

    Args:
        threshold: Least cosine that counts, in [-1, 1].
    """

    def __init__(self, threshold: float) -> None:
        self._threshold = threshold
        self._questions: list[str] = []
        self._embeddings: list[FloatArray] = []

    def look(self, embedding: FloatArray) -> Lookup:
        """Compare with every question."""
        if not self._questions:
            return Lookup(None)
        cosine_N = np.stack(self._embeddings) @ embedding
        nearest = int(np.argmax(cosine_N))
        near = cosine_N[nearest] >= self._threshold
        return Lookup(self._questions[nearest] if near else None)

    def add(self, question: str, embedding: FloatArray) -> None:
        """Keep a question with its embedding."""
        self._questions.append(question)
        self._embeddings.append(embedding)


class FoundBefore:
    """A cache that was run elsewhere, on the same log and the same questions.

    Args:
        lookups: For each of the stream's questions, in order.
    """

    def __init__(self, lookups: Sequence[Lookup]) -> None:
        self._lookups = iter(lookups)

    def look(self, embedding: FloatArray) -> Lookup:  # noqa: ARG002 - the protocol's
        """What was found then."""
        return next(self._lookups)

    def add(self, question: str, embedding: FloatArray) -> None:
        """Nothing: it added its questions itself."""


class Cached:
    """Serves what the cache finds; all else is reasoned about, and added.

    Args:
        cache: Empty, or run elsewhere.
        log: What was asked before the stream; it is added first.
        verified: Whether only verified answers are kept, as our own recall does.
    """

    def __init__(self, cache: Cache, log: Sequence[Known] = (), *, verified: bool = False) -> None:
        self._cache = cache
        self._verified = verified
        self._answers: dict[str, str] = {}
        for known in log:
            self._keep(known)

    def decide(self, item: Outcome) -> Served:
        """Serve the found question's answer, or reason.

        Args:
            item: The question.

        Returns:
            The answer; from the cache it costs no tokens.

        Raises:
            ValueError: The cache found a question that has no answer by now.
        """
        found = self._cache.look(item.embedding)
        seconds = item.embedding_seconds + found.seconds
        if found.question is None:
            if (answer := item.system2_answer) is not None:
                self._keep(Known(item.question, answer, item.system2_verified, item.embedding))
            return deferred(item, seconds=seconds)
        answer = self._answers.get(question_key(found.question))
        if answer is None:
            msg = f"the cache found {found.question!r}, which was not answered before"
            raise ValueError(msg)
        return Served(answer, item.right(answer), True, 0, seconds)

    def _keep(self, known: Known) -> None:
        if known.verified or not self._verified:
            self._answers[question_key(known.question)] = known.answer
            self._cache.add(known.question, known.embedding)
