"""Which answers of a skill are trusted, with no labels: what unlike methods and variants say.

One method's agreement with itself is not enough: a small model can make the same slip in every
sample. A skill's clear votes count only once a method of another family, or gold answers, bear them
out beyond chance (Cohen's kappa, by the answers and by where in the question they stand), and each
answer only if it is likely right by all methods' votes (Dawid and Skene 1979; `agent.agreement`).
Where questions hold a word on which unlike methods part (`agent.parting`), an answer needs to be
borne out itself; those questions have an estimate of their own, so they cost the others nothing.
Where they hold one on which people found answers wrong (`agent.slips`), a person's word alone does.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto

from agent.agreement import Agreement, Estimate, agreement, dawid_skene
from agent.look import Look, look_at, own_method
from agent.parting import parting_words
from agent.slips import FOLDS, Slips, find_slips
from agent.system2.families import UNIVERSAL
from agent.system2.settings import VerifySettings
from agent.verify import Verification, Verifier, own_votes
from memory.records import Record, Status
from memory.words import words_of

_PICKED = "of free texts, the model's pick of the most consistent: only a person can verify it"


@dataclass(frozen=True, slots=True)
class SkillTrust:
    """How far a skill's clear votes are borne out.

    Attributes:
        trusted: Whether any of them may be called verified.
        reason: Why or why not, in words.
        checked: Questions with a clear vote that an unlike method answered too; here and below,
            without those that hold a word of `parting` or `slips`.
        gold: Questions with a clear vote and a gold answer.
        kappa: The unlike method's agreement with the vote that is least likely by chance; None
            without checked questions.
        accuracy: Estimated share of right answers by method; a check by a method is kept apart
            from its clear votes.
        steady: Share of clear votes that stand under every variant they were checked with, in
            (0, 1]; 1 while few were, and where it is `verify.min_probability` or more.
        parting: Words, in lower case, on whose questions unlike methods contradict clear votes; an
            answer there is trusted only if it is borne out itself.
        slips: Words, in lower case, on whose questions people found most answers wrong; what unlike
            methods say counts for nothing there.
    """

    trusted: bool
    reason: str
    checked: int = 0
    gold: int = 0
    kappa: float | None = None
    accuracy: Mapping[str, float] = field(default_factory=dict)
    steady: float = 1.0
    parting: frozenset[str] = frozenset()
    slips: frozenset[str] = frozenset()

    @property
    def apart(self) -> dict[str, str]:
        """Words on whose questions System 1 is not asked, and what speaks against it there."""
        parted = dict.fromkeys(self.parting, "unlike methods part")
        return parted | dict.fromkeys(self.slips, "people found answers wrong")

    def slip_in(self, question: str) -> str:
        """Why no answer to a question of this form is trusted, in words; empty where one may be."""
        held = sorted(self.slips & words_of(question)) if self.slips else []
        return (
            f"people found answers wrong on the skill's questions with {held[0]!r}" if held else ""
        )

    def parting_in(self, question: str) -> list[str]:
        """Which words of a question unlike methods part on, sorted; only where it is trusted."""
        return sorted(self.parting & words_of(question)) if self.parting else []


@dataclass(frozen=True, slots=True)
class Weighed:
    """A skill's trust, and what it makes of each record, in order.

    Attributes:
        trust: Of the skill.
        verdicts: A verdict a record.
        clear: Whether each record's own vote is clear, whatever comes of it.
        right: Whether a person found it right; None where it is not clear, or nobody said.
    """

    trust: SkillTrust
    verdicts: tuple[Verification, ...]
    clear: tuple[bool, ...]
    right: tuple[bool | None, ...]


class _Form(Enum):
    """What is known of the words of a question, in its skill."""

    USUAL = auto()
    PARTED = auto()
    SLIPPED = auto()


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
        looks = [look_at(record, self._verifier, self._families) for record in records]
        slips = self._slips(looks)
        parting = self._parting(looks) - slips.words
        forms = [
            _form(look, parting, slipped=apart)
            for look, apart in zip(looks, slips.apart, strict=True)
        ]
        by_form: dict[_Form, list[Look]] = {form: [] for form in _Form}
        for look, form in zip(looks, forms, strict=True):
            by_form[form].append(look)
        estimates = {form: _estimate(mine) for form, mine in by_form.items()}
        usual = by_form[_Form.USUAL], estimates[_Form.USUAL].accuracy
        trust = self._trust(skill, *usual, parting, slips.words)
        likely = {form: iter(estimate.posterior) for form, estimate in estimates.items()}
        verdicts = tuple(
            self._verdict(look, trust, next(likely[form]))
            for look, form in zip(looks, forms, strict=True)
        )
        clear = tuple(look.answer_key is not None for look in looks)
        return Weighed(trust, verdicts, clear, tuple(look.right for look in looks))

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
        for fold in range(FOLDS):
            hidden = set(judged[fold::FOLDS])
            seen = [self._unjudged(r) if at in hidden else r for at, r in enumerate(records)]
            verdicts = self.weigh(skill, seen).verdicts if hidden else ()
            for at in hidden:
                found[at] = _trusted(verdicts[at])
        return found

    def _unjudged(self, record: Record) -> Record:
        if not record.status.by_person or not record.votes:
            return record
        vote = self._verifier.verify(own_votes(record.votes, own_method(record)), record.question)
        return replace(record, status=Status.UNVERIFIED, answer=vote.answer)

    def _trust(
        self,
        skill: str | None,
        looks: Sequence[Look],
        accuracy: Mapping[str, float],
        parting: frozenset[str],
        slips: frozenset[str],
    ) -> SkillTrust:
        """By the questions without such a word: the others speak for themselves alone."""
        apart = parting | slips
        right = [look.right for look in looks if look.right is not None]
        found = _agreements(looks)
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
            "the skill's questions" + (f" without {_listed(apart, 'or')}" if apart else ""),
        )
        if parting:
            reason += f"; unlike methods part on questions with {_listed(parting, 'and')}"
        if slips:
            reason += f"; people found answers wrong on questions with {_listed(slips, 'and')}"
        return SkillTrust(
            trusted=trusted,
            reason=reason,
            checked=sum(bool(look.unlike) for look in looks),
            gold=len(right),
            kappa=None if best is None else best.least.kappa,
            accuracy=accuracy,
            parting=parting if trusted else frozenset(),
            slips=slips,
            steady=1.0 if len(right) >= self._settings.min_checked else self._steady(looks),
        )

    def _unsteady(self, looks: Sequence[Look]) -> str:
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

    def _steady(self, looks: Sequence[Look]) -> float:
        """How likely a clear vote that no variant was tried on would stand under all of them.

        1 where that is likely enough: a few turned answers say little of the others.
        """
        varied = [look for look in looks if look.answer_key is not None and look.varied]
        if len(varied) < self._settings.min_checked:
            return 1.0
        share = (sum(not look.against for look in varied) + 1) / (len(varied) + 1)
        return share if share < self._settings.min_probability else 1.0

    def _parting(self, looks: Sequence[Look]) -> frozenset[str]:
        """The words on whose questions clear votes are contradicted."""
        if not self._settings.unlike_methods:
            return frozenset()
        questions = [look.record.question for look in looks]
        borne_out = [look.borne_out for look in looks]
        return parting_words(questions, borne_out, self._settings.significance)

    def _slips(self, looks: Sequence[Look]) -> Slips:
        """The words on whose questions people found clear votes wrong."""
        return find_slips(
            [look.record.question for look in looks],
            [look.right for look in looks],
            min_probability=self._settings.min_probability,
            significance=self._settings.significance,
        )

    def _borne_out(
        self,
        skill: str | None,
        right: Sequence[bool],
        best: _Borne | None,
        significance: float,
        unsteady: str,
        among: str,
    ) -> tuple[bool, str]:
        """Whether anything but one method's own agreement speaks for a skill's clear votes."""
        needed = self._settings.min_checked
        if not self._settings.unlike_methods:
            return True, "one method's agreement is enough (verify.unlike_methods)"
        if skill is None:
            return False, "it is like too few other questions to make a skill"
        if len(right) >= needed:
            share = (sum(right) + 1) / (len(right) + 2)
            said = f"gold bears out {sum(right)} of {len(right)} clear votes on {among}"
            return share >= self._settings.min_probability, said
        n = 0 if best is None else best.said.n
        if best is None or n < needed:
            return False, f"unlike methods have answered {n} of {among}; {needed} are needed"
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
        self, look: Look, trust: SkillTrust, posterior: Mapping[str, float]
    ) -> Verification:
        record, vote = look.record, look.vote
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
        elif slip := trust.slip_in(record.question):
            why = f"but {slip}"
        elif (words := trust.parting_in(record.question)) and not look.borne_out:
            why = f"but unlike methods part on the skill's questions with {words[0]!r}"
        elif self._settings.unlike_methods and likely < self._settings.min_probability:
            needed = f"{self._settings.min_probability:.0%}"
            where = f"on questions with {_listed(trust.parting, 'or')}" if words else "in the skill"
            why = f"but by all votes {where} it is right with {likely:.0%}, below {needed}"
        else:
            status = Status.VERIFIED
        return Verification(vote.answer, status, vote.agreement, f"{vote.reason}; {why}")


def _form(look: Look, parting: frozenset[str], *, slipped: bool) -> _Form:
    if slipped:
        return _Form.SLIPPED
    parted = bool(parting) and not parting.isdisjoint(words_of(look.record.question))
    return _Form.PARTED if parted else _Form.USUAL


def _trusted(verdict: Verification) -> str | None:
    return verdict.answer if verdict.status.trusted else None


def _listed(words: Iterable[str], link: str) -> str:
    """Words in quotation marks, as a sentence lists them."""
    *most, last = map(repr, sorted(words))
    return f"{', '.join(most)} {link} {last}" if most else last


def _estimate(looks: Sequence[Look]) -> Estimate:
    """What a Dawid-Skene model makes of one form's questions, by these alone."""
    gold = {at: look.gold for at, look in enumerate(looks) if look.gold is not None}
    return dawid_skene([look.by_method for look in looks], gold)


def _agreements(looks: Sequence[Look]) -> list[_Borne]:
    """How far each unlike method agrees with the clear votes."""
    pairs: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {}
    for look in looks:
        for name, key in look.unlike.items():
            pairs.setdefault(name, []).append((look.told(look.answer_key or ""), look.told(key)))
    found = []
    for both in pairs.values():
        mine, theirs = (zip(*told, strict=True) for told in zip(*both, strict=True))
        ways = [agreement(a, b) for a, b in zip(mine, theirs, strict=True)]
        found.append(_Borne(ways[0], max(ways, key=lambda each: each.p_value)))
    return found
