"""What each system says of every question: asked block by block, and kept line by line."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from agent.build import Parts
from benchmarks.routing.forms import Pair
from benchmarks.routing.policies import Outcome
from memory.records import BASE, Draft, Record
from models.types import FloatArray, Generation, Sampling
from trainer.student import draft_of, student_prompt


class OutcomeFile:
    """Outcomes in the order of asking, one a line; what a kill cut short is passed over.

    Args:
        path: The file; made when there is none.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> list[Outcome]:
        """All that was kept."""
        return [_outcome(json.loads(line)) for line in self._whole().splitlines()]

    def append(self, outcomes: Sequence[Outcome]) -> None:
        """Keep a block."""
        whole = self._whole()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab") as stream:
            stream.truncate(len(whole))
            stream.write("".join(_line(outcome) for outcome in outcomes).encode())

    def _whole(self) -> bytes:
        """All lines that were written to their end."""
        content = self._path.read_bytes() if self._path.exists() else b""
        return content[: content.rfind(b"\n") + 1]


def _line(outcome: Outcome) -> str:
    return json.dumps(asdict(outcome) | {"embedding": outcome.embedding.tolist()}) + "\n"


def _outcome(row: dict[str, Any]) -> Outcome:
    found = {field.name: row[field.name] for field in fields(Outcome)}
    changed = {
        "system1_logprobs": tuple(row["system1_logprobs"]),
        "system1_entropies": tuple(row["system1_entropies"]),
        "embedding": np.array(row["embedding"], dtype=np.float32),
    }
    return Outcome(**found | changed)


@dataclass(frozen=True, slots=True)
class _Draft:
    """System 1's draft with its numbers, and a second one."""

    draft: Draft
    generation: Generation
    second: str | None
    seconds: float


class Asker:
    """Asks both systems of one home; nothing is remembered.

    Args:
        parts: Of the home that has learned.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._system2 = parts.system2()
        self._adapter = parts.system1.active()

    def ask(self, pairs: Sequence[Pair]) -> list[Outcome]:
        """Ask everybody; what is asked together shares batches and their seconds.

        Args:
            pairs: Questions, each with its right answer.

        Returns:
            An outcome for each, in order. Nobody will remember System 2's answers, so it does not
            check them beyond its vote.
        """
        questions = [question for question, _ in pairs]
        skills = self._parts.memory.skills_of(questions)
        thought = self._system2.think(questions, skills, check=False)
        return self._outcomes(pairs, [outcome.record for outcome in thought])

    def ask_again(self, pairs: Sequence[Pair]) -> list[Outcome]:
        """Ask System 1 of questions that are remembered.

        Args:
            pairs: Questions, each with its right answer.

        Returns:
            An outcome for each, in order; System 2's part is the record's, checks included.
        """
        records = self._parts.store.find_many([question for question, _ in pairs])
        return self._outcomes(pairs, records)

    def _outcomes(self, pairs: Sequence[Pair], records: Sequence[Record | None]) -> list[Outcome]:
        questions = [question for question, _ in pairs]
        start = time.perf_counter()
        embedding_ND = self._parts.encoder.encode(questions)
        encoding = (time.perf_counter() - start) / len(pairs)
        drafts = self._drafts(questions)
        return [
            self._outcome(pair, draft, record, embedding_D, encoding)
            for pair, draft, record, embedding_D in zip(
                pairs, drafts, records, embedding_ND, strict=True
            )
        ]

    def _outcome(
        self,
        pair: Pair,
        drafted: _Draft,
        record: Record | None,
        embedding_D: FloatArray,
        encoding: float,
    ) -> Outcome:
        question, gold = pair
        draft = drafted.draft
        return Outcome(
            question=question,
            gold=gold,
            embedding=embedding_D,
            embedding_seconds=encoding,
            system1_answer=draft.answer,
            system1_logprobs=drafted.generation.logprobs,
            system1_entropies=drafted.generation.entropies,
            system1_first_margin=draft.first_margin,
            system1_complete=draft.complete,
            system1_second_answer=drafted.second,
            system1_tokens=draft.tokens,
            system1_seconds=drafted.seconds,
            system2_answer=record.answer if record else None,
            system2_verified=record is not None and record.status.trusted,
            system2_tokens=record.tokens if record else 0,
            system2_seconds=record.seconds if record else 0.0,
        )

    def _drafts(self, questions: Sequence[str]) -> list[_Draft]:
        """The greedy draft, as System 1 makes it in service, and one sampled as System 2 does."""
        lm, settings = self._parts.student, self._parts.settings.system2
        longest = self._parts.settings.system1.max_tokens
        sampled = Sampling(
            temperature=settings.temperature,
            top_k=settings.top_k,
            top_p=settings.top_p,
            max_tokens=longest,
            seed=settings.seed,
        )
        prompts = [student_prompt(question) for question in questions]
        path = self._adapter.path if self._adapter else None
        start = time.perf_counter()
        firsts = lm.generate(prompts, Sampling(max_tokens=longest), adapter=path)
        seconds = (time.perf_counter() - start) / len(questions)
        seconds_drafts = lm.generate(prompts, sampled, adapter=path)
        version = self._adapter.version if self._adapter else BASE
        return [
            _Draft(
                draft_of(question, first, version),
                first,
                draft_of(question, second, version).answer,
                seconds,
            )
            for question, (first,), (second,) in zip(questions, firsts, seconds_drafts, strict=True)
        ]
