"""What the votes of one record say: its own method's vote, other methods' answers, variants."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.copying import places_of
from agent.system2.families import UNIVERSAL
from agent.verify import Verification, Verifier, own_votes
from memory import answers
from memory.records import Record, Status, Vote


@dataclass(frozen=True, slots=True)
class Look:
    """A record and its votes: the vote itself, and each method's answer by key.

    Attributes:
        record: That was looked at.
        method: Whose vote it is; None without votes.
        vote: What its own method's votes amount to.
        answer_key: Key of the vote's answer; None when it is not clear.
        by_method: The answer that most of a method's samples gave, of the record's own method only
            if the vote is clear; checks are under another name.
        unlike: Of these, what methods of other families than its own gave where the vote is clear,
            by their own names.
        varied: The variants that were answered.
        against: Those of them under which another answer won.
        stored: Key of the answer that memory keeps; None without one.
        copied: Where in the question answers stand, by key; see `agent.copying`.
    """

    record: Record
    method: str | None
    vote: Verification
    answer_key: str | None
    by_method: dict[str, str]
    unlike: dict[str, str]
    varied: tuple[str, ...]
    against: tuple[str, ...]
    stored: str | None
    copied: Mapping[str, tuple[str, str]]

    @property
    def gold(self) -> str | None:
        """Key of the answer that a person gave to a question that has votes."""
        return self.stored if self.record.status is Status.GOLD and self.record.votes else None

    @property
    def right(self) -> bool | None:
        """Whether a person found the clear vote right; None when nobody said, or it is not."""
        if self.answer_key is None:
            return None
        if self.record.status is Status.GOLD:
            return self.stored == self.answer_key
        refuted = self.record.status is Status.REFUTED and self.stored == self.answer_key
        return False if refuted else None

    @property
    def borne_out(self) -> bool | None:
        """Whether a person, or else an unlike method, gave the clear vote's answer."""
        if self.right is None and self.unlike:
            return self.answer_key in self.unlike.values()
        return self.right

    def told(self, key: str) -> tuple[str, str, str]:
        """An answer by its key, and by its place counted from the question's start and end."""
        return (key, *self.copied.get(key, (key, key)))


def check_name(method: str) -> str:
    """What a method is called where it only checks another's vote: it has fewer samples then."""
    return f"{method} (check)"


def look_at(record: Record, verifier: Verifier, families: Mapping[str, str]) -> Look:
    """Read a record's votes.

    Args:
        record: With its votes.
        verifier: Says what one method's votes amount to.
        families: Which methods are alike, by name; one that is missing is like itself alone.

    Returns:
        What they say.
    """
    own = own_method(record)
    vote = verifier.verify(own_votes(record.votes, own), record.question)
    given = [v for v in record.votes if v.answer is not None]
    texts = [v.answer for v in given if v.answer is not None]
    extra = [a for a in (vote.answer, record.answer) if a is not None]
    keys = answers.vote_keys([*texts, *extra], record.question)
    keyed = list(zip(given, keys, strict=False))
    answer_key = keys[len(texts)] if vote.answer is not None else None
    clear = answer_key if vote.status.trusted else None
    others = {
        name: most
        for name in sorted({v.method for v in given} - {own, UNIVERSAL})
        if (most := _most(record.votes, keyed, name)) is not None
    }
    by_method, unlike = {check_name(name): most for name, most in others.items()}, dict[str, str]()
    if clear is not None and own is not None:
        by_method[own] = clear
        family = families.get(own, own)
        unlike = {n: most for n, most in others.items() if families.get(n, n) != family}
    varied = tuple(sorted({v.variant for v in given if v.variant}))
    against = tuple(name for name in varied if _differs(keyed, name, clear))
    stored = keys[-1] if record.answer is not None else None
    copied = places_of(record.question, zip(keys, [*texts, *extra], strict=True))
    return Look(record, own, vote, clear, by_method, unlike, varied, against, stored, copied)


def own_method(record: Record) -> str | None:
    """Whose vote it is; gold that contradicts the vote, or came before it, has lost the name."""
    cast = (v.method for v in record.votes if v.answer is not None and not v.variant)
    return record.method or next(cast, None)


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
