"""What System 2 might have found, and how it gets into a store."""

from collections.abc import Sequence

from memory.records import Record, Status, Vote
from memory.store import Store
from models.scripted import HashEncoder

VOTES = (Vote("pot", "4", "print(4)", 7), Vote("pot", None, "", 0, "cut off"))


def outcome(question: str, answer: str | None = "4", status: Status = Status.VERIFIED) -> Record:
    return Record(question, answer, status, "sums", "pot", 0.75, VOTES, 1.5, "agreed")


def remember(store: Store, new: Sequence[Record]) -> list[Record]:
    return store.remember_many(new, HashEncoder(16).encode([record.question for record in new]))
