"""Which answers of a skill are trusted, with no labels: what unlike methods and variants say.

One method's agreement with itself is not enough: a small model can make the same slip in every
sample. A skill's clear votes count only once a method of another family, or gold answers, bear them
out beyond chance (Cohen's kappa, by the answers and by where in the question they stand), and each
answer only if it is likely right by all methods' votes (Dawid and Skene 1979; `agent.agreement`).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from agent.agreement import Agreement, Estimate, agreement, dawid_skene
from agent.copying import places_of
from agent.system2.families import UNIVERSAL
from agent.system2.settings import VerifySettings
from agent.verify import Verification, Verifier, own_votes
from memory import answers
from memory.records import Record, Status, Vote

_PICKED = "of free texts, the model's pick of the most consistent: only a person can verify it"


@dataclass(frozen=True, slots=True)
class SkillTrust:
    """How far a skill's clear votes are borne out.

    Attributes:
        trusted: Whether any of them may be called verified.
        reason: Why or why not, in words.
        checked: Questions with a clear vote that an unlike method answered too.
        gold: Questions with a clear vote and a gold answer.
        kappa: The unlike method's agreement with the vote that is least likely by chance; None
            without checked questions.
        accuracy: Estimated share of right answers by method; a check by a method is kept apart
            from its clear votes.
        steady: Share of clear votes that stand under every variant they were checked with, in
            (0, 1]; 1 while few were, and where it is `verify.min_probability` or more.
    """

    trusted: bool
    reason: str
    checked: int = 0
    gold: int = 0
    kappa: float | None = None
    accuracy: Mapping[str, float] = field(default_factory=dict)
    steady: float = 1.0


@dataclass(frozen=True, slots=True)
class Weighed:
    """A skill's trust, and what it makes of each record, in order.

    Attributes:
        trust: Of the skill.
        verdicts: A verdict a record.
        clear: Whether each record's own vote is clear, whatever comes of it.
    """

    trust: SkillTrust
    verdicts: tuple[Verification, ...]
    clear: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class _Look:
    """One record's votes: the vote itself, and each method's answer by key.

    Attributes:
        method: Whose vote it is; None without votes.
        vote: What its own method's votes amount to.
        answer_key: Key of the vote's answer; None when it is not clear.
        by_method: The answer that most of a method's samples gave, of the record's own method only
            if the vote is clear; checks are under another name.
        varied: The variants that were answered.
        against: Those of them under which another answer won.
        stored: Key of the answer that memory keeps; None without one.
        copied: Where in the question answers stand, by key; see `agent.copying`.
    """

    method: str | None
    vote: Verification
    answer_key: str | None
    by_method: dict[str, str]
    varied: tuple[str, ...]
    against: tuple[str, ...]
    stored: str | None
    copied: Mapping[str, tuple[str, str]]

    def told(self, key: str) -> tuple[str, str, str]:
        """An answer by its key, and by its place counted from the question's start and end."""
        return (key, *self.copied.get(key, (key, key)))


_FOLDS = 5
"""Parts of what people judged; each is weighed by the others."""


def check_name(method: str) -> str:
    """What a method is called where it only checks another's vote: it has fewer samples then."""
    return f"{method} (check)"


@dataclass(frozen=True, slots=True)
class _Borne:
    """How far an unlike method agrees with the clear votes.

    Attributes:
        said: By the answers alone.
        least: By the answers or by where they stand in the question, whichever chance explains
            better.
    """

    said: Agreement
    least: Agreement


class Trust:
    """Weighs a skill's records.

    Args:
        settings: What must hold.
        verifier: Says what one method's votes amount to.
        families: Which methods are alike, by name; one that is missing is like itself alone.
    """

    def __init__(
        self, settings: VerifySettings, verifier: Verifier, families: Mapping[str, str]
    ) -> None:
        self._settings = settings
        self._verifier = verifier
        self._families = families

    def weigh(self, skill: str | None, records: Sequence[Record]) -> Weighed:
        """Judge a skill's records by all that was voted in it.

        Args:
            skill: Its name; None for questions that are like too few others.
            records: All of its records, with their votes.

        Returns:
            The skill's trust and a verdict for each record; what a person marked, and what has no
            votes, keeps its status.
        """
        looks = [self._look(record) for record in records]
        gold = {
            at: look.stored
            for at, (record, look) in enumerate(zip(records, looks, strict=True))
            if record.status is Status.GOLD and record.votes and look.stored is not None
        }
        estimate = dawid_skene([look.by_method for look in looks], gold)
        trust = self._trust(skill, records, looks, estimate)
        verdicts = tuple(
            self._verdict(record, look, trust, estimate.posterior[at])
            for at, (record, look) in enumerate(zip(records, looks, strict=True))
        )
        return Weighed(trust, verdicts, tuple(look.answer_key is not None for look in looks))

    def voted(self, skill: str | None, records: Sequence[Record]) -> list[str | None]:
        """What votes alone would have verified, had no person judged anything.

        Where people's answers alone bear the skill out: had they not judged the record itself, nor
        each fifth one besides.

        Args:
            skill: As in `weigh`.
            records: As in `weigh`.

        Returns:
            An answer for each record that would have been verified; None for the others.
        """
        weighed = self.weigh(skill, [self._unjudged(record) for record in records])
        if weighed.trust.trusted:
            return [_trusted(verdict) for verdict in weighed.verdicts]
        found: list[str | None] = [None] * len(records)
        judged = [at for at, record in enumerate(records) if record.status.by_person]
        for fold in range(_FOLDS):
            hidden = set(judged[fold::_FOLDS])
            seen = [self._unjudged(r) if at in hidden else r for at, r in enumerate(records)]
            verdicts = self.weigh(skill, seen).verdicts if hidden else ()
            for at in hidden:
                found[at] = _trusted(verdicts[at])
        return found

    def _unjudged(self, record: Record) -> Record:
        if not record.status.by_person or not record.votes:
            return record
        vote = self._verifier.verify(own_votes(record.votes, _own(record)), record.question)
        return replace(record, status=Status.UNVERIFIED, answer=vote.answer)

    def _look(self, record: Record) -> _Look:
        own = _own(record)
        vote = self._verifier.verify(own_votes(record.votes, own), record.question)
        given = [v for v in record.votes if v.answer is not None]
        texts = [v.answer for v in given if v.answer is not None]
        extra = [a for a in (vote.answer, record.answer) if a is not None]
        keys = answers.vote_keys([*texts, *extra], record.question)
        keyed = list(zip(given, keys, strict=False))
        answer_key = keys[len(texts)] if vote.answer is not None else None
        clear = answer_key if vote.status.trusted else None
        by_method = {
            check_name(name): most
            for name in sorted({v.method for v in given} - {own, UNIVERSAL})
            if (most := _most(record.votes, keyed, name)) is not None
        }
        if clear is not None and own is not None:
            by_method[own] = clear
        varied = tuple(sorted({v.variant for v in given if v.variant}))
        against = tuple(name for name in varied if _differs(keyed, name, clear))
        stored = keys[-1] if record.answer is not None else None
        copied = places_of(record.question, zip(keys, [*texts, *extra], strict=True))
        return _Look(own, vote, clear, by_method, varied, against, stored, copied)

    def _trust(
        self,
        skill: str | None,
        records: Sequence[Record],
        looks: Sequence[_Look],
        estimate: Estimate,
    ) -> SkillTrust:
        unlike = [self._unlike(r, look) for r, look in zip(records, looks, strict=True)]
        right = [
            said
            for r, look in zip(records, looks, strict=True)
            if (said := _judged(r, look)) is not None
        ]
        found = _agreements(looks, unlike)
        enough = [each for each in found if each.said.n >= self._settings.min_checked]
        best = (
            min(enough, key=lambda each: each.least.p_value)
            if enough
            else max(found, key=lambda each: each.said.n, default=None)
        )
        trusted, reason = self._borne_out(
            skill,
            right,
            best,
            self._settings.significance / max(1, len(enough)),
            self._unsteady(looks),
        )
        return SkillTrust(
            trusted=trusted,
            reason=reason,
            checked=sum(bool(answered) for answered in unlike),
            gold=len(right),
            kappa=None if best is None else best.least.kappa,
            accuracy=estimate.accuracy,
            steady=1.0 if len(right) >= self._settings.min_checked else self._steady(looks),
        )

    def _unsteady(self, looks: Sequence[_Look]) -> str:
        """Which variant makes another answer win in most of a skill, in words; empty for none.

        Where what must not matter mostly matters, the answers that stayed did so by luck: unlike
        methods that share a slip bear each other out all the same.
        """
        clear = [look for look in looks if look.answer_key is not None]
        asked = Counter(name for look in clear for name in look.varied)
        against = Counter(name for look in clear for name in look.against)
        for name, n in sorted(asked.items()):
            if n >= self._settings.min_checked and 2 * against[name] > n:
                return f"with {name} another answer wins on {against[name]} of {n} questions"
        return ""

    def _steady(self, looks: Sequence[_Look]) -> float:
        """How likely a clear vote that no variant was tried on would stand under all of them.

        1 where that is likely enough: a few turned answers say little of the others.
        """
        varied = [look for look in looks if look.answer_key is not None and look.varied]
        if len(varied) < self._settings.min_checked:
            return 1.0
        share = (sum(not look.against for look in varied) + 1) / (len(varied) + 1)
        return share if share < self._settings.min_probability else 1.0

    def _unlike(self, record: Record, look: _Look) -> dict[str, str]:
        """Answers that methods of other families gave where the vote is clear."""
        if look.answer_key is None or look.method is None:
            return {}
        own = self._family(look.method)
        others = {v.method for v in record.votes if self._family(v.method) != own}
        named = {name: look.by_method.get(check_name(name)) for name in sorted(others)}
        return {name: key for name, key in named.items() if key is not None}

    def _family(self, method: str) -> str:
        return self._families.get(method, method)

    def _borne_out(
        self,
        skill: str | None,
        right: Sequence[bool],
        best: _Borne | None,
        significance: float,
        unsteady: str,
    ) -> tuple[bool, str]:
        """Whether anything but one method's own agreement speaks for a skill's clear votes."""
        needed = self._settings.min_checked
        if not self._settings.unlike_methods:
            return True, "one method's agreement is enough (verify.unlike_methods)"
        if skill is None:
            return False, "it is like too few other questions to make a skill"
        if len(right) >= needed:
            share = (sum(right) + 1) / (len(right) + 2)
            said = f"gold bears out {sum(right)} of {len(right)} of the skill's clear votes"
            return share >= self._settings.min_probability, said
        n = 0 if best is None else best.said.n
        if best is None or n < needed:
            said = f"unlike methods have answered {n} of the skill's questions; {needed} are needed"
            return False, said
        figures = f"kappa {best.least.kappa:.2f} on {n} questions"
        if best.least.p_value > significance:
            why = "unlike methods agree no better than chance in this skill"
            if best.said.p_value <= significance:
                why = (
                    "unlike methods copy their answers from one place of most questions, which may "
                    f"be a habit of both: `secondnature review`, {needed} answers decide"
                )
            return False, f"{why} ({figures})"
        if unsteady:
            return False, unsteady
        return True, f"unlike methods agree in this skill ({figures})"

    def _verdict(
        self, record: Record, look: _Look, trust: SkillTrust, posterior: Mapping[str, float]
    ) -> Verification:
        vote = look.vote
        if record.status.by_person or not record.votes:
            return Verification(record.answer, record.status, record.agreement, record.reason)
        if look.answer_key is None:
            if any(cast.method == UNIVERSAL and cast.answer for cast in record.votes):
                return replace(vote, reason=f"{vote.reason}; {_PICKED}")
            return vote
        status, why = Status.UNVERIFIED, trust.reason.partition(" (")[0]
        likely = posterior.get(look.answer_key, 0.0) * (1.0 if look.varied else trust.steady)
        if look.against:
            why = f"but with {look.against[0]} another answer wins"
        elif look.stored != look.answer_key:
            why = "but the answer that is kept is another"
        elif not trust.trusted:
            why = f"but {trust.reason}"
        elif self._settings.unlike_methods and likely < self._settings.min_probability:
            needed = self._settings.min_probability
            why = f"but by all votes in the skill it is right with {likely:.0%}, below {needed:.0%}"
        else:
            status = Status.VERIFIED
        return Verification(vote.answer, status, vote.agreement, f"{vote.reason}; {why}")


def _trusted(verdict: Verification) -> str | None:
    return verdict.answer if verdict.status.trusted else None


def _own(record: Record) -> str | None:
    """Whose vote it is; gold that contradicts the vote, or came before it, has lost the name."""
    cast = (v.method for v in record.votes if v.answer is not None and not v.variant)
    return record.method or next(cast, None)


def _judged(record: Record, look: _Look) -> bool | None:
    """Whether a person found the clear vote right; None when nobody said, or it is not clear."""
    if look.answer_key is None:
        return None
    if record.status is Status.GOLD:
        return look.stored == look.answer_key
    refuted = record.status is Status.REFUTED and look.stored == look.answer_key
    return False if refuted else None


def _most(votes: Sequence[Vote], keyed: Sequence[tuple[Vote, str]], method: str) -> str | None:
    """The answer that more than half of a method's samples gave on the question itself.

    Where they scatter, the method says nothing: what it guesses is no objection.
    """
    cast = Counter(key for vote, key in keyed if vote.method == method and not vote.variant)
    samples = len(own_votes(votes, method))
    best, count = cast.most_common(1)[0] if cast else ("", 0)
    return best if 2 * count > samples else None


def _differs(keyed: Sequence[tuple[Vote, str]], variant: str, answer_key: str | None) -> bool:
    """Whether another answer got more votes under a variant."""
    cast = Counter(key for vote, key in keyed if vote.variant == variant)
    return bool(cast) and cast.most_common(1)[0][1] > cast[answer_key or ""]


def _agreements(looks: Sequence[_Look], unlike: Sequence[Mapping[str, str]]) -> list[_Borne]:
    """How far each unlike method agrees with the clear votes."""
    pairs: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {}
    for look, answered in zip(looks, unlike, strict=True):
        for name, key in answered.items():
            pairs.setdefault(name, []).append((look.told(look.answer_key or ""), look.told(key)))
    found = []
    for both in pairs.values():
        mine, theirs = (zip(*told, strict=True) for told in zip(*both, strict=True))
        ways = [agreement(a, b) for a, b in zip(mine, theirs, strict=True)]
        found.append(_Borne(ways[0], max(ways, key=lambda each: each.p_value)))
    return found
