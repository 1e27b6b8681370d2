"""Memory as the rest of the agent uses it: the store, the index and the encoder together."""

import logging
from collections.abc import Collection, Iterable, Sequence

import numpy as np

from memory.centroids import refresh_skills
from memory.index import VectorIndex
from memory.records import Neighbor, Record, Skill, question_key
from memory.skills import SkillSettings, assign, discover
from memory.store import Store
from models.types import Encoder, FloatArray

_log = logging.getLogger(__name__)

_BATCH = 512


class Memory:
    """Remembers outcomes, and finds the like of a question. Safe between threads.

    Attributes:
        store: The truth, for everything that needs no embedding.
        settings: How untagged questions are grouped.
    """

    def __init__(
        self,
        store: Store,
        index: VectorIndex,
        encoder: Encoder,
        settings: SkillSettings | None = None,
    ) -> None:
        """Put the parts together; questions that this encoder has not embedded yet are embedded.

        Args:
            store: Opened with the encoder's name and dimension.
            index: Made with them too.
            encoder: Embeds questions.
            settings: None is the defaults.
        """
        self.store = store
        self.settings = settings or SkillSettings()
        self._index = index
        self._encoder = encoder
        self._computed: dict[str, FloatArray] = {}
        if not store.read_only:
            self._embed_missing()

    def close(self) -> None:
        """Save the index and close the store."""
        self._index.save()
        self.store.close()

    def encode(self, questions: Sequence[str]) -> FloatArray:
        """Embed questions, float32 (N, D), unit rows.

        Only those that are neither in the store nor among those computed last are computed: the
        steps that a question goes through each ask for its embedding.
        """
        if not questions:
            return np.zeros((0, self._encoder.dimension), dtype=np.float32)
        keys = [question_key(question) for question in questions]
        wanted = dict(zip(keys, questions, strict=True))
        computed = self._computed
        known = {key: computed[key] for key in wanted if key in computed}
        if len(known) < len(wanted):
            unread = [question for key, question in wanted.items() if key not in known]
            known |= self.store.embeddings.of_questions(unread)
        missing = {key: question for key, question in wanted.items() if key not in known}
        if missing:
            embeddings_ND = self._encoder.encode(list(missing.values()))
            self._computed = dict(zip(missing, embeddings_ND, strict=True))
            known |= self._computed
        return np.stack([known[key] for key in keys])

    def remember(self, new: Sequence[Record]) -> list[Record]:
        """Store outcomes, joined with what is known of the same questions.

        A record's `skill` that does not exist yet is taken for a caller's tag.

        Args:
            new: Outcomes; `memory.merge` says who wins.

        Returns:
            For each outcome, the record that stands for its question now, with all its votes.
        """
        stored = self.store.remember_many(new, self.encode([record.question for record in new]))
        refresh_skills(self.store, {record.skill for record in stored if record.skill is not None})
        return stored

    def forget(self, ids: Iterable[int]) -> int:
        """Remove records from the store and the index; returns how many there were."""
        gone = list(ids)
        touched = {record.skill for record in self.store.get_many(gone).values()}
        removed = self.store.forget(gone)
        self._index.catch_up(self.store.embeddings)
        self._index.save()
        refresh_skills(self.store, {name for name in touched if name is not None})
        return removed

    def neighbors(self, question: str, k: int, *, exclude_same: bool = False) -> list[Neighbor]:
        """The k records nearest to a question; see `neighbors_many`."""
        return self.neighbors_many([question], k, exclude_same=exclude_same)[0]

    def neighbors_many(
        self, questions: Sequence[str], k: int, *, exclude_same: bool = False
    ) -> list[list[Neighbor]]:
        """The records nearest to each question.

        Args:
            questions: Any number; they share one search.
            k: How many for each, at most.
            exclude_same: Leave out the record of the very same question.

        Returns:
            For each question its neighbours, nearest first, without their votes; of any status.
        """
        found = self.near(self.encode(questions), k + 1 if exclude_same else k)
        if not exclude_same:
            return found
        keys = [question_key(question) for question in questions]
        return [
            [near for near in row if question_key(near.record.question) != key][:k]
            for key, row in zip(keys, found, strict=True)
        ]

    def near(self, embeddings_ND: FloatArray, k: int) -> list[list[Neighbor]]:
        """The records nearest to each embedding, float32 (N, D), unit rows; nearest first."""
        self._index.catch_up(self.store.embeddings)
        ids_NK, similarities_NK = self._index.search(embeddings_ND, k)
        found = self.store.get_many(np.unique(ids_NK).tolist())
        return [
            [
                Neighbor(found[id_], similarity)
                for id_, similarity in zip(ids.tolist(), similarities.tolist(), strict=True)
                if id_ in found
            ]
            for ids, similarities in zip(ids_NK, similarities_NK, strict=True)
        ]

    def skills_of(
        self, questions: Sequence[str], skills: Collection[Skill] | None = None
    ) -> list[str | None]:
        """The skill of each question, changing nothing.

        A question that is remembered keeps its record's skill; another gets the nearest skill (a
        tagged one only if its questions are alike), or None when it is near to none.

        Args:
            questions: Any number.
            skills: Those that exist; None reads them.

        Returns:
            Names.
        """
        remembered = self.store.find_skills(questions)
        existing = self.store.journal.skills() if skills is None else skills
        nearest = assign(self.encode(questions), existing, self.settings)
        return [
            remembered.get(question_key(question)) or name
            for question, name in zip(questions, nearest, strict=True)
        ]

    def sort_into_skills(
        self, questions: Sequence[str], tags: Sequence[str | None] | None = None
    ) -> list[str | None]:
        """The skill of each question, making new skills where enough are alike.

        Args:
            questions: Any number; the more at once, the better new skills are found.
            tags: For each, the skill that the caller named, or None; None is no tags at all.

        Returns:
            For each question its tag, its record's skill, an old skill or a new one; None when it
            is like too few others.
        """
        remembered = self.store.find_skills(questions)
        names = [
            tag or remembered.get(question_key(question))
            for question, tag in zip(questions, tags or [None] * len(questions), strict=True)
        ]
        taken = {skill.name for skill in self.store.journal.skills()}
        named = dict.fromkeys(tag for tag in tags or () if tag is not None and tag not in taken)
        self.store.journal.save_centroids([Skill(name, tagged=True) for name in named])
        open_ = [at for at, name in enumerate(names) if name is None]
        for at, name in zip(open_, self._discover([questions[at] for at in open_]), strict=True):
            names[at] = name
        return names

    def sort_leftovers(self) -> int:
        """Look for skills among the stored records that have none; returns how many got one."""
        left = [record for record in self.store.records() if record.skill is None]
        placed: dict[str, list[int]] = {}
        for record, name in zip(left, self._discover([r.question for r in left]), strict=True):
            if name is not None:
                placed.setdefault(name, []).append(record.id)
        for name, ids in placed.items():
            self.store.put_in_skill(ids, name)
        refresh_skills(self.store, placed.keys())
        return sum(len(ids) for ids in placed.values())

    def _discover(self, questions: Sequence[str]) -> tuple[str | None, ...]:
        if not questions:
            return ()
        known = self.store.journal.skills()
        grouping = discover(questions, self.encode(questions), known, self.settings)
        if grouping.new:
            self.store.journal.save_centroids(grouping.new)
        return grouping.names

    def _embed_missing(self) -> None:
        while missing := self.store.embeddings.missing(_BATCH):
            _log.info("embedding %d questions with %s", len(missing), self._encoder.name)
            ids = [id_ for id_, _ in missing]
            self.store.embeddings.save(ids, self._encoder.encode([text for _, text in missing]))
        stale = [s.name for s in self.store.journal.skills() if s.centroid_D is None and s.size]
        refresh_skills(self.store, stale)
