"""`learn`: reason over a log of questions in shared batches, verify, remember."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, repeat

from agent.system2.reason import Event, OnEvent, Step
from agent.system2.think import System2
from memory.questions import Question
from memory.recall import Memory
from memory.records import NONE, Record, Status
from models.types import Cancelled

BLOCKS = (64, 256)
"""Questions that share batches before they are stored; the last size repeats. A kill costs at most
a block, and what one block taught (which method pays, which checks are needed) helps the next."""

OnProgress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class SkillCount:
    """How one skill's questions came out."""

    verified: int
    unverified: int


@dataclass(frozen=True, slots=True)
class LearnReport:
    """What a run of `learn` did.

    Attributes:
        questions: Different questions in the file, those known before included.
        verified: Of which are verified or gold now.
        unverified: Of which have an answer that is not trusted.
        failed: Of which have no answer.
        prompt_tokens: Read in this run.
        completion_tokens: Generated in this run.
        seconds: Spent reasoning in this run.
        skills: Counts by skill; questions like too few others are under "(none)".
    """

    questions: int
    verified: int
    unverified: int
    failed: int
    prompt_tokens: int
    completion_tokens: int
    seconds: float
    skills: dict[str, SkillCount]


class Learner:
    """Turns questions into records.

    Args:
        memory: Where records go.
        system2: The teacher.
    """

    def __init__(self, memory: Memory, system2: System2) -> None:
        self._memory = memory
        self._system2 = system2
        self._prompt_tokens = self._completion_tokens = 0
        self._seconds = 0.0

    def learn(
        self,
        questions: Sequence[Question],
        *,
        cancelled: Cancelled | None = None,
        on_progress: OnProgress | None = None,
    ) -> LearnReport:
        """Reason about what is not known yet; stored block by block.

        A question that is trusted already is not paid for again, so the same file can be run again
        after a kill. One with a gold answer is stored without reasoning.

        Args:
            questions: Any number; a repeated one counts once, with the first gold answer and the
                first tag among its lines.
            cancelled: Asked at every step; what is done by then is kept.
            on_progress: Called with (questions done, questions in all).

        Returns:
            What came out.
        """
        unique = _unique(questions)
        texts = [question.text for question in unique]
        skills = self._memory.sort_into_skills(texts, [question.skill for question in unique])
        self._system2.restate(set(skills))  # a run that was killed may not have come to it
        known = self._memory.store.find_many(texts)
        self._remember_gold(unique, skills)
        open_ = [
            (question.text, skill)
            for question, skill, record in zip(unique, skills, known, strict=True)
            if question.answer is None and not (record is not None and record.status.trusted)
        ]
        done, total = len(unique) - len(open_), len(unique)
        for start, size in blocks(len(open_)):
            if cancelled is not None and cancelled():
                break
            block = open_[start : start + size]
            self._reason(block, cancelled, decided(shifted(on_progress, done + start, total)))
        self._memory.sort_leftovers()
        found = self._memory.store.find_many(texts)
        self._system2.restate({record.skill for record in found if record is not None})
        return self._report(self._memory.store.find_many(texts))

    def _remember_gold(self, questions: Sequence[Question], skills: Sequence[str | None]) -> None:
        gold = [
            Record(
                question=question.text,
                answer=question.answer,
                status=Status.GOLD,
                skill=skill,
                reason="the answer came with the question",
            )
            for question, skill in zip(questions, skills, strict=True)
            if question.answer is not None
        ]
        if gold:
            self._memory.remember(gold)

    def _reason(
        self,
        block: Sequence[tuple[str, str | None]],
        cancelled: Cancelled | None,
        on_event: OnEvent | None,
    ) -> None:
        outcomes = self._system2.think(
            [text for text, _ in block],
            [skill for _, skill in block],
            cancelled=cancelled,
            on_event=on_event,
        )
        self._memory.remember([o.record for o in outcomes if o.record.votes])
        self._prompt_tokens += sum(outcome.prompt_tokens for outcome in outcomes)
        self._completion_tokens += sum(outcome.record.tokens for outcome in outcomes)
        self._seconds += sum(outcome.record.seconds for outcome in outcomes)

    def _report(self, records: Sequence[Record | None]) -> LearnReport:
        found = [record for record in records if record is not None]
        trusted = [record for record in found if record.status.trusted]
        answered = [r for r in found if not r.status.trusted and r.answer is not None]
        good = Counter(record.skill or NONE for record in trusted)
        rest = Counter(record.skill or NONE for record in found) - good
        return LearnReport(
            questions=len(records),
            verified=len(trusted),
            unverified=len(answered),
            failed=len(records) - len(trusted) - len(answered),
            prompt_tokens=self._prompt_tokens,
            completion_tokens=self._completion_tokens,
            seconds=self._seconds,
            skills={name: SkillCount(good[name], rest[name]) for name in sorted(good | rest)},
        )


def _unique(questions: Sequence[Question]) -> list[Question]:
    """Each question once, with what its repetitions add."""
    unique: dict[int, Question] = {}
    for question in questions:
        line = question.duplicate_of or question.line
        first = unique.setdefault(line, question)
        unique[line] = replace(
            first, answer=first.answer or question.answer, skill=first.skill or question.skill
        )
    return list(unique.values())


def blocks(total: int) -> Iterator[tuple[int, int]]:
    """Where each block begins, and its size.

    Args:
        total: Questions in all.

    Yields:
        The place of its first question, and the most questions it has.
    """
    start = 0
    for size in chain(BLOCKS, repeat(BLOCKS[-1])):
        if start >= total:
            return
        yield start, size
        start += size


def decided(on_progress: OnProgress | None) -> OnEvent | None:
    """Progress as questions are decided.

    Args:
        on_progress: Told (questions decided, questions in all); None is nobody.

    Returns:
        Who is told of events.
    """
    if on_progress is None:
        return None

    def on_event(event: Event) -> None:
        if event.step is Step.DECIDED:
            on_progress(event.done, event.total)

    return on_event


def shifted(on_progress: OnProgress | None, done: int, total: int) -> OnProgress | None:
    """Progress of a block as progress of the whole.

    Args:
        on_progress: Who is told of the whole; None is nobody.
        done: Questions done before the block.
        total: Questions in all.

    Returns:
        Who is told of the block.
    """
    if on_progress is None:
        return None
    return lambda decided, _: on_progress(done + decided, total)
