"""What the evidence says now of outcomes is written over what it said before."""

import io

from memory.jsonl import export_records, import_records
from memory.records import Record, Status, Vote
from memory.store import Store
from models.scripted import HashEncoder

ENCODER = HashEncoder(16)
VOTES = (Vote("pot", "4", "", 7), Vote("pot", "4", "", 8, variant="names replaced"))


def remember(store: Store, *new: Record) -> list[Record]:
    return store.remember_many(new, ENCODER.encode([record.question for record in new]))


def test_a_vote_keeps_how_its_question_was_changed(store: Store) -> None:
    (stored,) = remember(store, Record("a?", "4", Status.VERIFIED, votes=VOTES))
    assert store.get(stored.id).votes == VOTES
    lines = io.StringIO()
    export_records(store, lines)
    store.forget([stored.id])
    import_records(io.BytesIO(lines.getvalue().encode()), store, ENCODER)
    assert store.records(with_votes=True)[0].votes == VOTES


def test_only_what_no_person_judged_is_restated(store: Store) -> None:
    named = {
        status: Record(f"{status}?", "4", status, reason="before", votes=VOTES) for status in Status
    }
    stored = remember(store, *named.values())
    verdicts = {record.id: (Status.UNVERIFIED, "now") for record in stored}
    store.restate({**verdicts, 10_000: (Status.VERIFIED, "gone")})
    now = [store.get(record.id) for record in stored]
    assert [record.reason for record in now] == [
        "before" if status in (Status.GOLD, Status.REFUTED) else "now" for status in named
    ]
    changed = next(record for record in now if record.question == "verified?")
    before = next(record for record in stored if record.question == "verified?")
    assert changed.status is Status.UNVERIFIED
    assert changed.votes == before.votes
    assert changed.updated_at == before.updated_at, "its answer is as old as it was"
