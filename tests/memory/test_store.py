import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from memory.records import (
    Consolidation,
    Decision,
    Draft,
    JudgedDraft,
    Route,
    Skill,
    SkillStatus,
    SkillVerdict,
    Split,
    Status,
)
from memory.store import Store
from models.errors import QuestionError, StoreError, UnknownRecordError
from models.scripted import HashEncoder
from tests.memory.outcomes import VOTES, outcome, remember


def test_a_record_comes_back_as_it_went_in(store: Store) -> None:
    (stored,) = remember(store, [outcome("2 + 2?")])
    assert replace(stored, id=0, created_at=None, updated_at=None) == outcome("2 + 2?")
    assert store.get(stored.id) == store.find(" 2  + 2?") == stored
    assert store.find("3 + 3?") is None


def test_a_question_has_one_record(store: Store) -> None:
    first, again = remember(store, [outcome("2 + 2?"), outcome("2  + 2?", "5", Status.UNVERIFIED)])
    assert first == again == store.get(first.id)
    assert first.status is Status.VERIFIED
    assert first.votes == VOTES * 2
    (later,) = remember(store, [outcome("2 + 2?", "5")])
    assert later == store.get(first.id)
    assert (later.status, later.votes) == (Status.UNVERIFIED, VOTES * 3)
    assert len(store.records()) == 1


def test_what_a_person_says_now_counts_though_a_clock_ran_ahead(store: Store) -> None:
    ahead = datetime.now(UTC) + timedelta(days=365)
    ann = replace(outcome("Who leads?", "Ann", Status.GOLD), updated_at=ahead)
    bob = outcome("Who leads?", "Bob", Status.GOLD)
    remember(store, [ann])
    (said,) = remember(store, [bob])
    assert (said.answer, said.updated_at < ahead) == ("Bob", True)
    remember(store, [ann])
    yesterday = datetime.now(UTC) - timedelta(days=1)
    (imported,) = remember(store, [replace(bob, answer="Cem", updated_at=yesterday)])
    assert (imported.answer, imported.updated_at) == ("Cem", yesterday)
    remember(store, [ann])
    (kept,) = remember(store, [outcome("Who leads?", "Dee")])
    assert (kept.answer, kept.updated_at < ahead) == ("Ann", True)


def test_one_bad_embedding_stores_nothing(store: Store) -> None:
    with pytest.raises(StoreError, match=r"shape \(8,\).*hash-16 gives \(16,\)"):
        store.remember(outcome("2 + 2?"), np.ones(8, dtype=np.float32))
    assert store.records() == []


def test_records_are_found_by_what_they_are(store: Store) -> None:
    made = remember(store, [replace(outcome(f"{n}?"), skill=f"s{n % 2}") for n in range(50)])
    store.mark(made[0].id, Status.REFUTED)
    ids = [record.id for record in made]
    assert [record.id for record in store.records()] == ids
    assert [record.id for record in store.records(newest_first=True, limit=2)] == ids[:-3:-1]
    assert [record.id for record in store.records(limit=3, offset=2)] == ids[2:5]
    assert [record.id for record in store.records(offset=48)] == ids[48:]
    assert len(store.records(skill="s1")) == 25
    assert [r.id for r in store.records(statuses=[Status.REFUTED])] == ids[:1]
    parts = [store.records(splits=[split]) for split in Split]
    assert all(
        record.split is split for split, part in zip(Split, parts, strict=True) for record in part
    )
    assert sum(len(part) for part in parts) == 50
    assert len(store.records(splits=[Split.TRAIN, Split.GATE])) == len(parts[0]) + len(parts[1])
    assert store.records(splits=[]) == []
    assert store.records(since=datetime.now(UTC) + timedelta(seconds=1)) == []
    assert store.records(with_votes=True)[0].votes == VOTES
    assert store.records()[0].votes == ()


def test_the_split_is_stored_in_the_words_of_the_design(store: Store, database: Path) -> None:
    remember(store, [outcome(f"{n}?") for n in range(60)])
    with sqlite3.connect(database) as connection:
        found = set(connection.execute("SELECT split, half FROM records"))
    connection.close()
    assert found == {("train", None), ("holdout", "gate"), ("holdout", "calibration")}


def test_a_draft_is_held_against_what_its_record_says_now(store: Store) -> None:
    (record,) = remember(store, [outcome("2 + 2?", "5")])
    draft = Draft("2 + 2?", "4", "4", "v1", -0.1, -0.2, 3.0, 1)
    store.journal.save_drafts("v1", {record.id: draft})
    assert store.journal.drafts("v1") == [JudgedDraft(record.id, draft, right=False)]
    marked = store.mark(record.id, Status.GOLD, "4")
    assert (marked.answer, marked.status, marked.method) == ("4", Status.GOLD, None)
    assert store.get(record.id) == marked
    assert store.journal.drafts("v1") == [JudgedDraft(record.id, draft, right=True)]
    assert store.mark(record.id, Status.REFUTED, reason="no").reason == "no"
    (refuted,) = store.journal.drafts("v1", trusted_only=False)
    assert not refuted.right


def test_marks_that_make_no_sense_are_refused(store: Store) -> None:
    (record,) = remember(store, [outcome("?", None, Status.UNVERIFIED)])
    with pytest.raises(StoreError, match="has no answer to mark as gold"):
        store.mark(record.id, Status.GOLD)
    with pytest.raises(StoreError, match="gold or refuted, not verified"):
        store.mark(record.id, Status.VERIFIED)
    with pytest.raises(QuestionError, match="the answer has 10,001 characters"):
        store.mark(record.id, Status.GOLD, "7" * 10_001)
    assert store.get(record.id) == record


def test_a_persons_answer_keeps_the_form_that_the_question_asks_for(store: Store) -> None:
    asked, plain = remember(store, [outcome("1 / 4 to two decimal places?"), outcome("5 / 2?")])
    assert store.mark(asked.id, Status.GOLD, " 0.50. ").answer == "0.50"
    assert store.mark(plain.id, Status.GOLD, " 2.50. ").answer == "2.5"


def test_an_unknown_id_is_named(store: Store) -> None:
    with pytest.raises(UnknownRecordError, match="no record has id 17"):
        store.get(17)
    with pytest.raises(UnknownRecordError, match="no decision has id 18"):
        store.journal.decision(18)
    with pytest.raises(UnknownRecordError, match="no skill is named 'x'; there are: none yet"):
        store.journal.skill("x")


def test_forgetting_takes_everything_along(store: Store, database: Path) -> None:
    kept, gone = remember(store, [outcome("a?"), outcome("b?")])
    draft = Draft("b?", "4", "4", "v1", -0.1, -0.2, 3.0, 1)
    store.journal.save_drafts("v1", {gone.id: draft})
    decided = store.journal.log_decision(
        Decision("b?", Route.SYSTEM2, "4", None, None, "", record_id=gone.id)
    )
    assert store.forget([gone.id, 99]) == 1
    with sqlite3.connect(database) as connection:
        for table in ("votes", "drafts", "embeddings"):
            ids = connection.execute(f"SELECT DISTINCT record_id FROM {table}").fetchall()
            assert ids in ([], [(kept.id,)])
        everything = "\n".join(connection.iterdump())
    connection.close()
    assert "b?" not in everything
    assert store.journal.decision(decided.id).record_id is None
    (again,) = remember(store, [outcome("b?")])
    assert again.id > gone.id


def test_decisions_forget_a_question_however_it_was_spaced(store: Store) -> None:
    (gone,) = remember(store, [outcome("Is a b?")])
    spelled, other = (
        store.journal.log_decision(Decision(text, Route.SYSTEM1, "4", None, None, ""))
        for text in ("Is  a\nb?", "Is a c?")
    )
    store.forget([gone.id])
    assert store.journal.decision(spelled.id).question == ""
    assert store.journal.decision(spelled.id).answer is None
    assert store.journal.decision(other.id).question == "Is a c?"


def test_counts_add_up(store: Store) -> None:
    remember(store, [outcome("a?"), outcome("b?", None, Status.UNVERIFIED)])
    counts = store.counts()
    assert (counts.total, counts.trusted, counts.votes, counts.tokens) == (2, 1, 4, 14)
    assert counts.seconds == 3.0
    assert counts.of(skill="sums", status=Status.UNVERIFIED) == 1
    assert sum(counts.of(split=split) for split in Split) == 2


def test_decisions_are_kept_whole_and_added_up(store: Store) -> None:
    decision = Decision(
        "a?", Route.SYSTEM1, "4", 0.9, 0.8, "sure", "sums", "v1", None, None, None,
        {"near": 0.5}, 11, 2, 0.25,
    )  # fmt: skip
    first = store.journal.log_decision(decision)
    store.journal.log_decision(replace(decision, route=Route.SYSTEM2, verified=True, tokens=50))
    store.journal.log_decision(replace(decision, route=Route.SYSTEM2, verified=False, tokens=60))
    assert store.journal.decision(first.id) == first
    assert replace(first, id=0, created_at=None) == decision
    assert [d.tokens for d in store.journal.decisions(newest_first=True, limit=2)] == [60, 50]
    assert store.journal.decisions(route=Route.SYSTEM1, skill="sums") == [first]
    assert store.journal.decisions(since=datetime.now(UTC) + timedelta(1)) == []
    one, two = store.journal.route_counts()
    assert (one.route, one.decisions, one.verified, one.tokens) == (Route.SYSTEM1, 1, 0, 2)
    assert (two.decisions, two.verified, two.tokens, two.prompt_tokens) == (2, 1, 110, 22)
    assert store.journal.route_counts(since=datetime.now(UTC) + timedelta(1)) == []


def test_drafts_are_replaced_and_those_of_untrusted_records_left_out(store: Store) -> None:
    a, b = remember(store, [outcome("a?"), outcome("b?", "5", Status.UNVERIFIED)])
    draft = Draft("a?", "4", "4.", "v1", -0.1, -0.2, 3.0, 2, 9, complete=False)
    made = {a.id: draft, b.id: replace(draft, question="b?"), 999: draft}
    right = replace(draft, complete=True)
    store.journal.save_drafts("v1", made)
    store.journal.save_drafts("v1", {a.id: right})
    assert store.journal.drafts("v1") == [JudgedDraft(a.id, right, right=True)]
    assert len(store.journal.drafts("v1", trusted_only=False)) == 2
    assert store.journal.drafts("v1", splits=[a.split], skill="sums") != []
    assert store.journal.drafts("base") == []


def test_skills_come_back_with_their_sizes(store: Store, database: Path) -> None:
    centroid = np.full(16, 0.25, dtype=np.float32)
    store.journal.save_statuses(
        [Skill("sums", tagged=True), Skill("b", centroid_D=centroid, cohesion=0.5)]
    )
    store.journal.save_statuses([Skill("sums", SkillStatus.DISTILLED, tagged=True)])
    remember(store, [outcome("a?"), outcome("b?")])
    b, sums = store.journal.skills()
    assert (sums.name, sums.status, sums.tagged, sums.size) == ("sums", "distilled", True, 2)
    assert b.centroid_D is not None
    assert np.array_equal(b.centroid_D, centroid)
    assert (b.cohesion, store.journal.skill("b").size) == (0.5, 0)
    with Store(database, "another", 16) as other:
        assert other.journal.skill("b").centroid_D is None


def test_a_skills_status_and_its_centroid_are_written_apart(store: Store) -> None:
    centroid = np.full(16, 0.25, dtype=np.float32)
    store.journal.save_statuses([Skill("sums", tagged=True)])
    store.journal.save_centroids([Skill("sums", centroid_D=centroid, cohesion=0.5)])
    store.journal.save_statuses([Skill("sums", SkillStatus.DISTILLED)])
    (sums,) = store.journal.skills()
    assert (sums.status, sums.tagged, sums.cohesion) == (SkillStatus.DISTILLED, True, 0.5)
    assert sums.centroid_D is not None
    store.journal.save_centroids([Skill("sums", cohesion=0.0)])
    assert store.journal.skill("sums").status is SkillStatus.DISTILLED
    assert store.journal.skill("sums").centroid_D is None


def test_a_skill_without_a_row_gets_one(store: Store) -> None:
    store.journal.save_centroids([Skill("a", tagged=True, cohesion=0.5)])
    store.journal.save_statuses([Skill("b", SkillStatus.RESISTANT)])
    a, b = store.journal.skills()
    assert (a.tagged, a.cohesion, a.status) == (True, 0.5, SkillStatus.NEW)
    assert (b.tagged, b.status) == (False, SkillStatus.RESISTANT)


def test_runs_and_adapters_come_back(store: Store) -> None:
    verdict = SkillVerdict("sums", SkillStatus.LEARNING, 40, 10, 0.1, 0.9, None)
    run = Consolidation("r1", "v1", True, "better", 60.0, 5_000, (verdict,))
    logged = store.journal.log_consolidation(run)
    store.journal.log_consolidation(logged)
    assert store.journal.consolidations() == [logged]
    store.journal.log_adapter("v1", "base-print", "r1", [3, 1, 3])
    store.journal.log_adapter("v1", "base-print", "r1", [1, 2])
    assert store.journal.record_ids_of("v1") == {1, 2}
    assert store.journal.record_ids_of("v2") == frozenset()


def test_another_encoder_sees_only_its_own_embeddings(store: Store, database: Path) -> None:
    (record,) = remember(store, [outcome("a?")])
    with Store(database, "another", 8) as other:
        assert other.embeddings.count() == 0
        assert other.embeddings.missing(10) == [(record.id, "a?")]
        other.embeddings.save([record.id, 99], np.eye(2, 8, dtype=np.float32))
        assert other.embeddings.missing(10) == []
    ids, vectors = store.embeddings.load([record.id, 99])
    assert ids.tolist() == [record.id]
    np.testing.assert_array_equal(vectors, HashEncoder(16).encode(["a?"]))


def test_a_store_in_memory_and_one_by_url_work(tmp_path: Path) -> None:
    for url in ("sqlite://", f"sqlite:///{tmp_path}/by-url.db", str(tmp_path / "by-name.db")):
        with Store(url, "hash-16", 16) as opened:
            assert remember(opened, [outcome("a?")])[0].id == 1
            with ThreadPoolExecutor(2) as pool:
                found = list(pool.map(opened.find, ["a?", "b?"] * 8))
            assert [record is not None for record in found] == [True, False] * 8
