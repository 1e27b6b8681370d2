"""Votes of every method on every question, asked of a model once and kept in a file.

Each method is sampled to the end, whatever its samples say, in the rounds that System 2 draws; so
any earlier end, and any threshold, can be replayed from the file (`benchmarks.replay`). Remove it
when a later stage's prompt or the reading of answers has changed: only first prompts are compared.
"""

import hashlib
import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import BinaryIO

from agent.sandbox_settings import SandboxSettings
from agent.system2.method import Method
from agent.system2.reason import Reasoner
from agent.system2.settings import System2Settings
from agent.system2.task import Task
from agent.system2.universal import UniversalConsistency
from agent.variants import Variant, variants_of
from agent.verify import Verification, own_votes
from benchmarks.kinds import Item
from memory.records import Status, Vote
from memory.rows import in_chunks
from models.types import LanguageModel

BLOCK = 32
"""Questions that share batches; what a kill can lose."""

LEADING = "program_of_thought"
"""The method that has the most samples, and that the variants are asked of."""

OnBlock = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with all that was voted on it, each method's samples in the order of drawing."""

    item: Item
    votes: tuple[Vote, ...]


@dataclass(frozen=True, slots=True)
class Job:
    """What one method is asked of one question.

    Attributes:
        item: The question.
        method: Who is asked.
        samples: How often.
        variant: What is asked; None is the question itself.
    """

    item: Item
    method: Method
    samples: int
    variant: Variant | None = None

    @property
    def question(self) -> str:
        """As it is asked."""
        return self.item.question if self.variant is None else self.variant.question

    def key(self, fingerprint: str, settings: System2Settings, limits: SandboxSettings) -> str:
        """What its votes are found by: the model, the method, its first prompts, the sampling.

        So are the sandbox's limits: a program that is stopped gives no answer.
        """
        steps = self.method.sample(self.question)
        calls = next(steps)
        steps.close()
        drawn = settings.model_dump(
            include={
                "temperature",
                "top_k",
                "top_p",
                "max_tokens",
                "first_samples",
                "round_samples",
            }
        )
        drawn |= limits.model_dump(exclude={"workers"})
        name = "" if self.variant is None else self.variant.name
        parts = (fingerprint, self.method.name, self.samples, self.question, name, calls, drawn)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:40]


class VoteFile:
    """Votes by key, in a JSONL file that only grows.

    A line that a kill cut short is passed over; its question is asked again.

    Args:
        path: The file; made when there is none.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._votes = dict(_read(path))

    def find(self, key: str) -> tuple[Vote, ...] | None:
        """What was voted; None when nobody was asked."""
        return self._votes.get(key)

    def add(self, jobs: Sequence[tuple[str, Job, tuple[Vote, ...]]]) -> None:
        """Append jobs, each with its key and votes, at once."""
        lines = [
            {
                "key": key,
                "kind": job.item.kind,
                "question": job.question,
                "votes": [asdict(vote) for vote in votes],
            }
            for key, job, votes in jobs
        ]
        text = "".join(json.dumps(line) + "\n" for line in lines)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a+b") as stream:
            stream.write((text if _ends_a_line(stream) else "\n" + text).encode())
        self._votes |= {key: votes for key, _, votes in jobs}


def collect(
    lm: LanguageModel,
    methods: Sequence[Method],
    items: Sequence[Item],
    settings: System2Settings,
    limits: SandboxSettings,
    votes: VoteFile,
    on_block: OnBlock | None = None,
) -> list[Asked]:
    """Ask what the file does not hold yet, block by block.

    Args:
        lm: The model.
        methods: Who is asked, where a method fits.
        items: Questions.
        settings: How samples are drawn; `max_samples` are drawn of the leading method, and half as
            many of the others.
        limits: Under which programs ran, or will.
        votes: What is known, and where the rest goes.
        on_block: Told of questions done, and of all.

    Returns:
        Every item with its votes, in order.
    """
    asked: list[Asked] = []
    for block in in_chunks(items, BLOCK):
        jobs = [job for item in block for job in jobs_of(item, methods, settings)]
        keys = [job.key(lm.fingerprint, settings, limits) for job in jobs]
        missing: defaultdict[int, list[tuple[str, Job]]] = defaultdict(list)
        for key, job in zip(keys, jobs, strict=True):
            if votes.find(key) is None:
                missing[job.samples].append((key, job))
        for samples, group in missing.items():
            given = _ask(lm, [job for _, job in group], samples, settings)
            votes.add([(*pair, cast) for pair, cast in zip(group, given, strict=True)])
        found: defaultdict[str, list[Vote]] = defaultdict(list)
        for key, job in zip(keys, jobs, strict=True):
            found[job.item.question] += votes.find(key) or ()
        asked += (Asked(item, tuple(found[item.question])) for item in block)
        if on_block:
            on_block(len(asked), len(items))
    return asked


def jobs_of(item: Item, methods: Sequence[Method], settings: System2Settings) -> Iterator[Job]:
    """Everything that is asked of a question.

    Args:
        item: The question.
        methods: Who may be asked.
        settings: How many samples.

    Yields:
        A job for each method that fits, and one for each variant.
    """
    for method in methods:
        if not method.fits(item.question):
            continue
        yield Job(item, method, most_samples(method.name, settings))
        if method.name == LEADING:
            for variant in variants_of(item.question):
                yield Job(item, method, settings.check_samples, variant)


def most_samples(method: str, settings: System2Settings) -> int:
    """How many samples of a method the file has for a question."""
    return settings.max_samples if method == LEADING else max(1, settings.max_samples // 2)


class _ToTheEnd:
    """A verifier with which every question gets all its samples, and no checks."""

    def __init__(self, samples: int) -> None:
        self._samples = samples

    def verify(self, votes: Sequence[Vote], question: str | None = None) -> Verification:  # noqa: ARG002 - the protocol's
        """Trust nothing."""
        return Verification(None, Status.UNVERIFIED, 0.0, "")

    def wanted(self, votes: Sequence[Vote], question: str | None = None) -> int:  # noqa: ARG002 - the protocol's
        """Samples that are left to draw."""
        return max(0, self._samples - len(votes))


def _ask(
    lm: LanguageModel, jobs: Sequence[Job], samples: int, settings: System2Settings
) -> list[tuple[Vote, ...]]:
    """Draw so many samples of each job."""
    first = min(settings.first_samples, samples)
    limits = settings.model_copy(update={"first_samples": first, "max_samples": samples})
    reasoner = Reasoner(lm, limits, _ToTheEnd(samples), UniversalConsistency())
    outcomes = reasoner.reason([Task(job.question, (job.method,)) for job in jobs])
    return [
        tuple(
            _of_variant(vote, job.variant)
            for vote in own_votes(outcome.record.votes, job.method.name)
        )
        for job, outcome in zip(jobs, outcomes, strict=True)
    ]


def _of_variant(vote: Vote, variant: Variant | None) -> Vote:
    """A vote on a variant as one on the question."""
    if variant is None:
        return vote
    answer = None if vote.answer is None else variant.back(vote.answer)
    return replace(vote, answer=answer, variant=variant.name)


def _read(path: Path) -> Iterator[tuple[str, tuple[Vote, ...]]]:
    if not path.exists():
        return
    for line in path.read_bytes().splitlines():
        try:
            held = json.loads(line)
            yield held["key"], tuple(Vote(**vote) for vote in held["votes"])
        except (ValueError, KeyError, TypeError):
            continue


def _ends_a_line(stream: BinaryIO) -> bool:
    """Whether what is appended to a file begins a line."""
    if stream.tell() == 0:
        return True
    stream.seek(-1, os.SEEK_END)
    return stream.read(1) == b"\n"
