"""A person's word on outcomes: what to ask about, and what comes of the answers.

Loads no weights: which answers are trusted, and what the router may serve, follow from what memory
holds.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from agent.report.bounds import skill_bounds
from agent.restate import slips_of, weighed
from agent.review import ALIKE, Candidate, Outcome, Standing, ranked
from agent.settle import Settled, relabelling, serves, settle
from agent.slips import suspects
from agent.switch import active_subject
from agent.trust import SkillTrust
from memory import answers
from memory.records import HOLDOUT, JudgedDraft, Record, Split, Status, question_key
from memory.words import words_of
from models.errors import CalibrationError, UnknownRecordError
from router.policy import Subject
from router.refusals import why_untried, why_unusable
from router.risk import Labels

if TYPE_CHECKING:
    from agent.build import Parts


class Said(StrEnum):
    """What a person says of an answer."""

    RIGHT = "right"
    WRONG = "wrong"
    CORRECTED = "corrected"


@dataclass(slots=True)
class _Known:
    """What votes and people say: who has clear votes, which skills lack gold, what are slips."""

    clear: set[int] = field(default_factory=set)
    untrusted: dict[str, int] = field(default_factory=dict)
    suspected: dict[int, frozenset[str]] = field(default_factory=dict)
    slipped: set[int] = field(default_factory=set)


class Desk:
    """Finds what to ask a person about, and stores what is said.

    Args:
        parts: A home's, with records.
    """

    def __init__(self, parts: "Parts") -> None:
        self._parts = parts
        self._memory = parts.memory
        self._store = parts.memory.store
        self._touched: set[str | None] = set()
        self._before: str | None = None
        self._outcomes: dict[int, Outcome] = {}
        self._slips: dict[str, frozenset[str]] = {}

    def candidates(self, skill: str | None = None) -> list[Candidate]:
        """What to ask about.

        Args:
            skill: Only this one's; None is all.

        Returns:
            The most telling first; none that a person judged.
        """
        by_skill: defaultdict[str | None, list[Record]] = defaultdict(list)
        for record in self._store.records(skill=skill, with_votes=True):
            by_skill[record.skill].append(record)
        records = [record for mine in by_skill.values() for record in mine]
        said = self._weigh(by_skill)
        subject = active_subject(self._parts)
        drafts = {} if subject is None else self._drafts(subject)
        sure = {} if subject is None else self._confidences(subject, records, drafts)
        audited = {} if subject is None else self._audited(subject)
        outcomes = [
            Outcome(
                record,
                draft=_text(drafts.get(record.id)),
                confidence=sure.get(record.id),
                audited=audited.get(question_key(record.question)),
                clear=record.id in said.clear,
                disputed=_disputed(record),
                suspected=said.suspected.get(record.id, frozenset()),
                slipped=record.id in said.slipped,
            )
            for record in records
        ]
        self._outcomes = {outcome.record.id: outcome for outcome in outcomes}
        settings = self._parts.settings
        bounds = {bound.skill: bound for bound in skill_bounds(self._parts)}
        likely = settings.verify.min_probability
        known = self._parts.router.load(subject.adapter) if subject and bounds else None
        labels = known.labels if known else Labels()
        own = known.labels_of if known else {}
        standing = Standing(settings.router, bounds, said.untrusted, likely, labels, own)
        return ranked(outcomes, standing)

    def in_turn(self, found: Iterable[Candidate]) -> Iterator[Candidate]:
        """One candidate after another, while a person judges them.

        Args:
            found: What `candidates` found last, the most telling first.

        Yields:
            Each once, if nobody has judged it meanwhile; after one whose answer was found wrong,
            first up to `ALIKE` of its skill that are worded like it: a slip comes again.
        """
        left, shown = deque(found), set[int]()
        while left:
            candidate = left.popleft()
            if candidate.record.id not in shown and self.still(candidate):
                shown.add(candidate.record.id)
                yield candidate
                if self._was_wrong(candidate):
                    alike = [c for c in self._alike(candidate.record) if c.record.id not in shown]
                    left.extendleft(reversed(alike[:ALIKE]))

    def _was_wrong(self, candidate: Candidate) -> bool:
        """Whether its answer has been found wrong."""
        shown = candidate.record
        try:
            now = self._store.get(shown.id)
        except UnknownRecordError:
            return False
        corrected = now.status is Status.GOLD and now.answer != shown.answer
        return corrected or now.status is Status.REFUTED

    def _alike(self, wrong: Record) -> list[Candidate]:
        """Answers of its skill that may be wrong by the same slip."""
        if wrong.skill is None:
            return []
        suspected = self._weigh({wrong.skill: weighed(self._store, wrong.skill)}).suspected
        words = words_of(wrong.question)
        outcomes = [
            replace(self._outcomes[at], suspected=held & words)
            for at, held in suspected.items()
            if at in self._outcomes
        ]
        return ranked(outcomes, Standing(self._parts.settings.router))

    def still(self, candidate: Candidate) -> bool:
        """Whether a candidate is as it was: there, with that answer, and judged by nobody."""
        try:
            now = self._store.get(candidate.record.id)
        except UnknownRecordError:
            return False
        return not now.status.by_person and now.answer == candidate.record.answer

    def answer(self, candidate: Candidate, said: Said, right: str | None = None) -> Record | None:
        """Store what a person says.

        Args:
            candidate: What was shown.
            said: Whether its answer is right.
            right: With CORRECTED, the right answer.

        Returns:
            The record as it stands now; None when it is not `still` what was shown, and nothing was
            stored.

        Raises:
            StoreError: It is called right and has no answer.
        """
        if not self.still(candidate):
            return None
        shown = candidate.record
        status = Status.REFUTED if said is Said.WRONG else Status.GOLD
        gold = shown.answer if right is None else right
        why = f"review: a person called it {said.value}"
        self._before = self._before or serves(self._parts)
        try:
            with relabelling(self._parts):
                stored = self._store.mark(shown.id, status, gold, why)
        except UnknownRecordError:
            return None
        self._touched.add(stored.skill)
        return stored

    def settle(self) -> Settled:
        """Have what was said count; see `agent.settle`.

        Returns:
            What changed since the last time.
        """
        settled = settle(self._parts, self._touched, self._before)
        self._touched.clear()
        self._before = None
        return settled

    def _weigh(self, by_skill: Mapping[str | None, Sequence[Record]]) -> _Known:
        """What votes and people say of each skill."""
        found = _Known()
        named = {name: records for name, records in by_skill.items() if name is not None}
        weighed_of = {name: self._parts.trust.weigh(name, mine) for name, mine in named.items()}
        self._slips |= {name: own.trust.slips for name, own in weighed_of.items()}
        for name, records in named.items():
            own = weighed_of[name]
            found.clear |= {r.id for r, clear in zip(records, own.clear, strict=True) if clear}
            found.untrusted[name] = self._unspoken(own.trust)
            found.slipped |= {r.id for r in records if own.trust.slip_in(r.question)}
            elsewhere = frozenset[str]().union(*self._slips_elsewhere(name))
            questions = [record.question for record in records]
            words = suspects(questions, own.right, own.trust.slips, elsewhere)
            found.suspected |= {r.id: w for r, w in zip(records, words, strict=True) if w}
        return found

    def _slips_elsewhere(self, skill: str) -> list[frozenset[str]]:
        """What people found in other skills, each looked through once."""
        for other in self._store.journal.skills():
            if other.name not in self._slips:
                self._slips[other.name] = slips_of(self._store, self._parts.trust, other.name)
        return [words for name, words in self._slips.items() if name != skill]

    def _unspoken(self, trust: SkillTrust) -> int:
        """Gold answers that a skill lacks before gold alone decides whether it is trusted."""
        if trust.trusted:
            return 0
        enough = self._parts.settings.verify.min_checked
        return enough - trust.gold if trust.gold < enough else enough  # more may tell forms apart

    def _drafts(self, subject: Subject) -> dict[int, JudgedDraft]:
        found = self._store.journal.drafts(subject.adapter, splits=HOLDOUT, trusted_only=False)
        return {item.record_id: item for item in found}

    def _confidences(
        self, subject: Subject, records: Sequence[Record], drafts: Mapping[int, JudgedDraft]
    ) -> dict[int, float]:
        """P(right) of the drafts that certify, by record; without those that reach no verdict.

        Left out is what the certificate leaves out: an answer about it would count for nothing.
        """
        router = self._parts.router
        known = router.load(subject.adapter) if router.bounds(subject) else None
        if known is None:
            return {}
        drafted = [r for r in records if r.id in drafts and r.split is Split.CALIBRATION]
        near = self._memory.neighbors_many([r.question for r in drafted], router.neighbors_wanted)
        statuses = {skill.name: skill.status for skill in self._store.journal.skills()}
        found = {}
        for record, neighbors in zip(drafted, near, strict=True):
            question, skill, draft = record.question, record.skill or "", drafts[record.id].draft
            refused = (
                why_untried(question, skill, statuses.get(skill), neighbors, router.settings)
                or why_unusable(draft)
                or known.why_unlike(question, skill)
                or known.why_unsure(draft, skill)
            )
            if refused:
                continue
            lies = known.place(question, neighbors, skill)
            try:
                if known.why_unpromising(lies) is None:
                    seen = known.measure(draft, neighbors, lies)
                    found[record.id] = known.calibrator.confidence(seen, subject)
            except CalibrationError:
                continue  # a number that is none: the router leaves such a draft out too
        return found

    def _audited(self, subject: Subject) -> dict[str, str]:
        """Fast answers of the active adapter that audits called wrong, by their questions' keys."""
        settled = self._store.audits.settled(subject.adapter)
        return {
            question_key(audit.question): audit.answer
            for audit in settled
            if audit.right is False and audit.answer is not None
        }


def _text(item: JudgedDraft | None) -> str | None:
    """What a draft says; its text where that holds no answer."""
    if item is None:
        return None
    return item.draft.text if item.draft.answer is None else item.draft.answer


def _disputed(record: Record) -> bool:
    """Whether the methods that were asked a record's very question mostly gave other answers."""
    cast_ = [v for v in record.votes if v.answer is not None and not v.variant]
    keys = answers.vote_keys([str(v.answer) for v in cast_], record.question)
    by_method: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for vote, key in zip(cast_, keys, strict=True):
        by_method[vote.method][key] += 1
    return len({counts.most_common(1)[0][0] for counts in by_method.values()}) > 1
