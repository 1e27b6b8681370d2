"""One head to head: learn, distil, ask everybody once, run the peers, replay. Each phase goes on.

Memory learns from the log alone: what is asked in the stream changes nothing in our home, while the
caches do take in what System 2 answers on the way.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from agent.build import Parts
from agent.commands.output import bar
from benchmarks.replication.answering import OpenParts, thinking
from benchmarks.replication.state import stamp
from benchmarks.routing.caches import Known
from benchmarks.routing.contest import Bound, Contest, contest
from benchmarks.routing.forms import Pair, Skill
from benchmarks.routing.identity import claim, identity
from benchmarks.routing.learning import learn
from benchmarks.routing.machine import note, noted
from benchmarks.routing.outcomes import Asker, OutcomeFile
from benchmarks.routing.policies import Outcome
from benchmarks.routing.reviewing import review
from benchmarks.routing.rivals import HELD_OUT, STREAM, VALIDATION, Peers, Routes, Side
from benchmarks.routing.scores import DRAWS
from benchmarks.routing.stream import StreamItem, learn_log, stream, validation
from benchmarks.routing.verdicts import verdicts
from memory.records import JUDGED, SkillStatus, Split, split_of
from memory.rows import in_chunks

RunPeers = Callable[[Path, Mapping[str, Side], Routes, Callable[[str], None]], Peers]


DRIFT = "coin flips"
"""The skill that drifts halfway, where it is asked about."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked.

    Attributes:
        per_skill: Questions of each skill in the log.
        items: Questions of the stream.
        drift: The skill that drifts halfway.
        nights: In how many parts the log comes; after each, a consolidation.
        batch: Questions that System 1 and System 2 are asked together; 1 times them alone.
        seed: Of log and validation questions.
        stream_seed: Of the stream; `seed` if None.
        draws: Of the bootstrap.
        only: Skills that are asked about; none stands for all.
        reviewed: Answers that a person judges once the log is learned.
    """

    per_skill: int
    items: int
    drift: str = DRIFT
    nights: int = 1
    batch: int = 1
    seed: int = 0
    stream_seed: int | None = None
    draws: int = DRAWS
    only: tuple[str, ...] = ()
    reviewed: int = 0

    @property
    def log(self) -> dict[str, object]:
        """What the log is made by, and how it comes."""
        made = {"per_skill": self.per_skill, "nights": self.nights, "seed": self.seed}
        chosen = {"skills": self.only, "reviewed": self.reviewed}
        return made | {name: value for name, value in chosen.items() if value}


@dataclass(frozen=True, slots=True)
class Result:
    """A head to head, as its file keeps it.

    Attributes:
        date: When it was replayed, UTC.
        asked_on: When and on what machines the systems were asked.
        plan: What was asked.
        skills: What about.
        fingerprints: Of student and teacher.
        encoder: Its name.
        adapter: System 1's version.
        certificate: What our router's threshold stands on, or why there is none.
        learned: Skills that System 1 has learned.
        trusted: Questions of the log with a trusted answer.
        held_out: Questions that thresholds on drafts were chosen on.
        validation: Questions that thresholds of caches were chosen on.
        bound: What they were chosen for.
        peers: Versions by name.
        contest: What came of it.
    """

    date: str
    asked_on: Sequence[str]
    plan: Plan
    skills: Sequence[str]
    fingerprints: tuple[str, str]
    encoder: str
    adapter: str
    certificate: str
    learned: Sequence[str]
    trusted: int
    held_out: int
    validation: int
    bound: Bound
    peers: Mapping[str, str]
    contest: Contest


@dataclass(frozen=True)
class Run:
    """One model on one stream.

    Attributes:
        skills: What is asked about.
        plan: How much.
        folder: Where outcomes and peers are kept.
        home: Where is learned.
        open_parts: Opens the home.
        peers: Runs them; None leaves them out.
        say: Told what begins.
    """

    skills: Sequence[Skill]
    plan: Plan
    folder: Path
    home: Path
    open_parts: OpenParts
    peers: RunPeers | None
    say: Callable[[str], None]

    def run(self) -> Result:
        """Do what is left to do.

        Returns:
            The result.
        """
        plan = self.plan
        log = learn_log(self.skills, plan.per_skill, plan.seed)
        items = stream(
            self.skills,
            plan.items,
            per_skill=plan.per_skill,
            drift=plan.drift,
            seed=plan.seed,
            stream_seed=plan.stream_seed,
        )
        checked = validation(
            self.skills,
            plan.items,
            per_skill=plan.per_skill,
            seed=plan.seed,
            asked=[item.question for item in items],
        )
        with self.open_parts(self.home, {}) as parts:
            claim(parts, identity(parts, plan.log))
            if not (plan.reviewed and parts.store.records(statuses=JUDGED, limit=1)):
                learn(parts, [question for question, _ in log], plan.nights, self.say)
            if plan.reviewed:
                review(parts, log, plan.reviewed, self.say)
            sides = self._sides(parts, log, items, checked)
            routes = _routes(parts, sides[HELD_OUT].items)
            peers = Peers()
            if self.peers is not None:
                peers = self.peers(self.folder / "peers", sides, routes, self.say)
            self.say("replaying every policy")
            settings = parts.settings.router
            bound = Bound(settings.max_error, settings.delta)
            found = contest(sides, items, peers, routes.learned, bound, plan.draws)
            return self._result(parts, sides, routes, peers, found)

    def _sides(
        self,
        parts: Parts,
        log: Sequence[Pair],
        items: Sequence[StreamItem],
        checked: Sequence[StreamItem],
    ) -> dict[str, Side]:
        """The log's held-out questions, with the others known, those of validation, the stream."""
        held_out = [pair for pair in log if split_of(pair[0]).holdout]
        others = [pair for pair in log if not split_of(pair[0]).holdout]
        asked = [(item.question, item.answer) for item in items]
        asker, known = Asker(parts), _known(parts, log)
        before = self._outcomes(parts, HELD_OUT, held_out, asker.ask_again)
        streamed = self._outcomes(parts, STREAM, asked, asker.ask)
        return {
            HELD_OUT: Side(_known(parts, others), before),
            VALIDATION: Side(known, _unasked(parts, checked)),
            STREAM: Side(known, streamed, verdicts(parts, streamed)),
        }

    def _outcomes(
        self,
        parts: Parts,
        name: str,
        pairs: Sequence[Pair],
        ask: Callable[[Sequence[Pair]], list[Outcome]],
    ) -> list[Outcome]:
        """What both systems say; what an earlier run asked is read."""
        subject = parts.system1.subject(parts.registry.active())
        made_by = (asdict(subject), parts.teacher.fingerprint, thinking(parts))
        mark = stamp(*made_by, self.plan.batch, list(pairs))
        file = OutcomeFile(self.folder / f"{name}-{mark}.jsonl")
        found = file.read()
        self.say(f"{name}: asking both systems of {len(pairs) - len(found)} questions")
        if len(found) < len(pairs):
            note(self._asked_on)
        with bar(name) as update:
            for block in in_chunks(pairs[len(found) :], self.plan.batch):
                outcomes = ask(block)
                file.append(outcomes)
                found += outcomes
                update(len(found), len(pairs))
        return found

    @property
    def _asked_on(self) -> Path:
        return self.folder / "asked_on.txt"

    def _result(
        self,
        parts: Parts,
        sides: Mapping[str, Side],
        routes: Routes,
        peers: Peers,
        found: Contest,
    ) -> Result:
        subject = parts.system1.subject(parts.registry.active())
        given = {"GPTCache": peers.cache, "semantic-router": peers.routes}
        settings = parts.settings.router
        return Result(
            date=f"{datetime.now(UTC):%Y-%m-%d}",
            asked_on=noted(self._asked_on),
            plan=self.plan,
            skills=[skill.name for skill in self.skills],
            fingerprints=(parts.student.fingerprint, parts.teacher.fingerprint),
            encoder=parts.encoder.name,
            adapter=subject.adapter,
            certificate=parts.router.explain(subject),
            learned=sorted(routes.learned),
            trusted=sum(record.status.trusted for record in parts.store.records()),
            held_out=len(sides[HELD_OUT].items),
            validation=len(sides[VALIDATION].items),
            bound=Bound(settings.max_error, settings.delta),
            peers={name: one.version for name, one in given.items() if one is not None},
            contest=found,
        )


def _known(parts: Parts, log: Sequence[Pair]) -> list[Known]:
    """What a cache would have kept of the log: every answer of System 2, trusted or not."""
    questions = [question for question, _ in log]
    embedding_ND = parts.memory.encode(questions)
    records = parts.store.find_many(questions)
    return [
        Known(question, record.answer, record.status.trusted, embedding_D)
        for question, record, embedding_D in zip(questions, records, embedding_ND, strict=True)
        if record is not None and record.answer is not None
    ]


def _unasked(parts: Parts, items: Sequence[StreamItem]) -> list[Outcome]:
    """Questions that no model is asked: a cache has the answers that it serves."""
    embedding_ND = parts.encoder.encode([item.question for item in items])
    return [
        Outcome(item.question, item.answer, embedding_D)
        for item, embedding_D in zip(items, embedding_ND, strict=True)
    ]


def _routes(parts: Parts, held_out: Sequence[Outcome]) -> Routes:
    """Skills as memory found them; what memory trusts of them, held-out questions left out."""
    taught: dict[str, list[str]] = {}
    for record in parts.store.records(splits=[Split.TRAIN]):
        if record.skill is not None and record.status.trusted:
            taught.setdefault(record.skill, []).append(record.question)
    skills = parts.memory.skills_of([item.question for item in held_out])
    distilled = [s for s in parts.store.journal.skills() if s.status is SkillStatus.DISTILLED]
    return Routes(
        utterances=taught,
        learned=frozenset(skill.name for skill in distilled),
        fit=[
            (item.question, skill if item.system1_right else None)
            for item, skill in zip(held_out, skills, strict=True)
        ],
    )
