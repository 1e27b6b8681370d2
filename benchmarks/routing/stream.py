"""A labelled stream of questions that come again: the same, reworded, changed, and of a new form.

Memory is built from a log before the stream begins: the same traffic on the days before, so the log
is asked in the stream's forms, too. No question of the stream was asked before, but for the
repeated ones; a reworded or changed one is made from a question of the log or earlier in the
stream. Halfway one skill drifts: from then on it comes in another form only, which no log has.
"""

import random
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from benchmarks.routing.forms import Draw, Forms, Pair, Skill
from memory.records import question_key

TRIES = 1000


class Change(StrEnum):
    """What a question is to those asked before."""

    NEW = "new"
    REPEATED = "repeated"
    PARAPHRASED = "paraphrased"
    NUMBER_CHANGED = "number_changed"
    NEGATED = "negated"
    DRIFTED = "drifted"


SHARES: Mapping[Change, float] = {
    Change.NEW: 0.3,
    Change.REPEATED: 0.2,
    Change.PARAPHRASED: 0.15,
    Change.NUMBER_CHANGED: 0.125,
    Change.NEGATED: 0.125,
    Change.DRIFTED: 0.1,
}
"""Of the stream; they add up to 1. A log has what is new, reworded and changed in these shares."""

FORMS = (Change.NEW, Change.PARAPHRASED, Change.NUMBER_CHANGED, Change.NEGATED)
"""In which a log's questions are asked."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was asked, and what else can be made of it.

    Attributes:
        pair: The question and its answer.
        forms: Of what it is about; None where it was not asked plainly, for then nothing is made
            of it.
    """

    pair: Pair
    forms: Forms | None


@dataclass(frozen=True, slots=True)
class StreamItem:
    """A question of the stream.

    Attributes:
        question: As it is asked.
        answer: For scoring alone.
        skill: Its kind, for scoring alone.
        change: What it is to earlier ones.
        of: Key of the question it was made from; empty for one that is new or drifted.
        phase: 0 before the drift, 1 after.
    """

    question: str
    answer: str
    skill: str
    change: Change
    of: str
    phase: int

    @property
    def unit(self) -> str:
        """The same for all that was made from one question."""
        return self.of or question_key(self.question)


def learn_log(
    skills: Sequence[Skill],
    per_skill: int,
    seed: int,
    shares: Mapping[Change, float] = SHARES,
) -> list[Pair]:
    """The questions that memory is built from, mixed; without their skills.

    Args:
        skills: What is asked about.
        per_skill: Questions of each, all about different things.
        seed: Of the draw.
        shares: Of each form, as the stream has them; what rounding leaves is asked plainly, and so
            is what can't be changed.

    Returns:
        The questions, each with the answer that nobody who learns may see.

    Raises:
        ValueError: A skill has too few different questions.
    """
    log, _ = _log(skills, per_skill, seed, shares)
    pairs = [asked.pair for known in log.values() for asked in known]
    random.Random(f"{seed} log").shuffle(pairs)
    return pairs


def stream(
    skills: Sequence[Skill],
    n: int,
    *,
    per_skill: int,
    drift: str,
    seed: int,
    stream_seed: int | None = None,
    shares: Mapping[Change, float] = SHARES,
) -> list[StreamItem]:
    """The stream that follows `learn_log` of the same skills, size and seed.

    Args:
        skills: What is asked about, two or more.
        n: Questions.
        per_skill: Questions of each skill in the log.
        drift: Name of the skill that drifts; it must have another form.
        seed: Of the log.
        stream_seed: Of what follows it; that of the log if None.
        shares: Of each change; what rounding leaves is new.

    Returns:
        The items in order.

    Raises:
        ValueError: The skill can't drift, or there are too few different questions.
    """
    new_form = {skill.name: skill.drifted for skill in skills if skill.drifted}
    if drift not in new_form:
        msg = f"{drift!r} can't drift; skills with another form: {', '.join(new_form)}"
        raise ValueError(msg)
    source = random.Random(f"{seed if stream_seed is None else stream_seed} stream")
    early, late = _order(n, shares, source)
    maker = _Maker(*_log(skills, per_skill, seed, shares), source)
    draws = {skill.name: skill.draw for skill in skills}
    before = [maker.make(change, draws, 0) for change in early]
    maker.forget(drift)
    rest = {name: draw for name, draw in draws.items() if name != drift}
    drifted = {drift: new_form[drift]}
    after = [maker.make(c, drifted if c is Change.DRIFTED else rest, 1) for c in late]
    return before + after


def validation(
    skills: Sequence[Skill],
    n: int,
    *,
    per_skill: int,
    seed: int,
    asked: Collection[str],
    shares: Mapping[Change, float] = SHARES,
) -> list[StreamItem]:
    """Questions in the stream's changes, made from the log alone: what a cache knows by then.

    Nothing drifts in them, since nobody can know of that before: more are new instead.

    Args:
        skills: What is asked about.
        n: Questions.
        per_skill: Questions of each skill in the log.
        seed: Of the log.
        asked: The stream's questions; of these, only what repeats the log is drawn here, too.
        shares: Of each change in the stream.

    Returns:
        The items, those that are new last, so that nothing is made from them.

    Raises:
        ValueError: There are too few different questions.
    """
    source = random.Random(f"{seed} validation")
    log, seen = _log(skills, per_skill, seed, shares)
    maker = _Maker(log, seen | {question_key(question) for question in asked}, source)
    draws = {skill.name: skill.draw for skill in skills}
    early, late = _order(n, {**shares, Change.DRIFTED: 0.0}, source)
    changes = sorted(early + late, key=lambda change: change is Change.NEW)
    return [maker.make(change, draws, 0) for change in changes]


def _order(
    n: int, shares: Mapping[Change, float], source: random.Random
) -> tuple[list[Change], list[Change]]:
    """The changes before and after the drift, each half mixed."""
    counts = {change: round(n * share) for change, share in shares.items()}
    counts[Change.NEW] = n - sum(counts.values()) + counts.get(Change.NEW, 0)
    drifted = counts.pop(Change.DRIFTED, 0)
    if min(counts.values()) < 0 or drifted < 0:
        msg = f"the shares of the changes must be at least 0 and add up to 1: {dict(shares)}"
        raise ValueError(msg)
    early = [change for change, count in counts.items() for _ in range(count // 2)]
    late = [change for change, count in counts.items() for _ in range(count - count // 2)]
    late += [Change.DRIFTED] * drifted
    source.shuffle(early)
    source.shuffle(late)
    return early, late


def _log(
    skills: Sequence[Skill], per_skill: int, seed: int, shares: Mapping[Change, float]
) -> tuple[dict[str, list[Asked]], set[str]]:
    """What is asked of each skill, and the keys of all questions that are no longer new."""
    log: dict[str, list[Asked]] = {}
    everything: set[str] = set()
    for skill in skills:
        source, seen = random.Random(f"{seed} log {skill.name}"), set[str]()
        log[skill.name] = [
            _asked(skill, change, source, seen) for change in _forms(per_skill, shares)
        ]
        everything |= seen
    return log, everything


def _forms(n: int, shares: Mapping[Change, float]) -> list[Change]:
    """The forms of a skill's questions in the log."""
    weights = {form: shares.get(form, 0.0) for form in FORMS}
    whole = sum(weights.values()) or 1.0
    changed = [form for form in FORMS[1:] for _ in range(int(n * weights[form] / whole))]
    return [Change.NEW] * (n - len(changed)) + changed


def _asked(skill: Skill, change: Change, source: random.Random, seen: set[str]) -> Asked:
    """A question in that form, about what was never asked about; it is from now on."""
    forms = _fresh(skill.name, skill.draw, source, seen)
    made = [] if change is Change.NEW else _made(forms, change)
    if not made:
        return Asked(forms.asked, forms)
    pair = source.choice(made)
    seen.add(question_key(pair[0]))
    return Asked(pair, None)


def _fresh(name: str, draw: Draw, source: random.Random, seen: set[str]) -> Forms:
    """Forms whose question was never seen; it is from now on."""
    for _ in range(TRIES):
        forms = draw(source)
        if (key := question_key(forms.asked[0])) not in seen:
            seen.add(key)
            return forms
    msg = f"{name}: too few different questions; ask for fewer"
    raise ValueError(msg)


class _Maker:
    """Makes items one after the other, and knows what was asked by then."""

    def __init__(
        self, log: Mapping[str, Sequence[Asked]], seen: set[str], source: random.Random
    ) -> None:
        self._known = defaultdict(list, {name: list(known) for name, known in log.items()})
        self._seen = seen
        self._source = source

    def forget(self, skill: str) -> None:
        """Make nothing more from what was asked of a skill so far."""
        self._known[skill].clear()

    def make(self, change: Change, draws: Mapping[str, Draw], phase: int) -> StreamItem:
        """The next item; `draws` makes new and drifted ones."""
        if change in (Change.NEW, Change.DRIFTED):
            skill = self._source.choice(list(draws))
            forms = _fresh(skill, draws[skill], self._source, self._seen)
            self._known[skill].append(Asked(forms.asked, forms))
            return StreamItem(*forms.asked, skill, change, "", phase)
        asked_about = [name for name, known in self._known.items() if known]
        for _ in range(TRIES if asked_about else 0):
            skill = self._source.choice(asked_about)
            asked = self._source.choice(self._known[skill])
            if pairs := self._pairs(asked, change):
                pair = self._source.choice(pairs)
                self._seen.add(question_key(pair[0]))
                return StreamItem(*pair, skill, change, question_key(asked.pair[0]), phase)
        msg = f"too few different questions to make one that is {change}; ask for fewer"
        raise ValueError(msg)

    def _pairs(self, asked: Asked, change: Change) -> list[Pair]:
        """What can be made of a question; but for a repeated one, nothing that was asked before."""
        if change is Change.REPEATED:
            return [asked.pair]
        made = [] if asked.forms is None else _made(asked.forms, change)
        return [pair for pair in made if question_key(pair[0]) not in self._seen]


def _made(forms: Forms, change: Change) -> list[Pair]:
    """The question reworded, or changed."""
    if change is Change.PARAPHRASED:
        return [(text, forms.asked[1]) for text in forms.reworded]
    pair = forms.negated if change is Change.NEGATED else forms.number_changed
    return [pair] if pair else []
