import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from memory import migrations
from memory.audits import LEAST_DRAFTS
from memory.records import Decision, Draft, Record, Route, Status
from memory.store import Store
from tests.memory.outcomes import outcome, remember

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)


def served(
    store: Store, question: str, skill: str | None = "sums", adapter: str = "v1", hours: int = 0
) -> Decision:
    made = Decision(
        question,
        Route.SYSTEM1,
        "4",
        0.9,
        0.8,
        "sure",
        skill=skill,
        adapter=adapter,
        created_at=NOW + timedelta(hours=hours),
    )
    return store.journal.log_decision(made)


def test_a_decision_waits_until_it_is_settled(store: Store) -> None:
    store.audits.queue([served(store, "2 + 2?"), served(store, "1 + 3?", None)])
    first, second = store.audits.due(10)
    assert (first.question, first.answer, first.adapter, first.skill, first.right) == (
        "2 + 2?",
        "4",
        "v1",
        "sums",
        None,
    )
    assert second.skill == ""
    assert store.audits.settled("v1") == []
    (kept,) = remember(store, [outcome("2 + 2?")])
    assert store.audits.settle(first.id, True, kept.id)
    assert store.audits.due(10) == [second]
    (done,) = store.audits.settled("v1")
    assert (done.id, done.right) == (first.id, True)
    assert store.audits.settled("v2") == []


def test_the_first_to_settle_counts(store: Store) -> None:
    store.audits.queue([served(store, "a?")])
    (audit,) = store.audits.due(1)
    assert store.audits.settle(audit.id, None, None)
    assert not store.audits.settle(audit.id, False, None)
    assert not store.audits.settle(audit.id + 1, False, None)
    assert [each.right for each in store.audits.settled("v1")] == [None]


def test_a_decision_waits_once(store: Store) -> None:
    decision = served(store, "a?")
    store.audits.queue([decision, decision])
    store.audits.queue([decision, served(store, "b?")])
    store.audits.queue([])
    assert [audit.question for audit in store.audits.due(10)] == ["a?", "b?"]
    (audit, _) = store.audits.due(10)
    store.audits.settle(audit.id, True, None)
    store.audits.queue([decision])
    assert [audit.question for audit in store.audits.due(10)] == ["b?"]


def test_a_clock_that_jumps_changes_no_order(store: Store) -> None:
    for n, hours in enumerate([5, -400, 0, 90_000]):
        store.audits.queue([served(store, f"{n}?", hours=hours)])
    due = store.audits.due(3)
    assert [audit.question for audit in due] == ["0?", "1?", "2?"]
    for audit in reversed(due):
        store.audits.settle(audit.id, True, None)
    assert [audit.question for audit in store.audits.settled("v1")] == ["0?", "1?", "2?"]


def test_what_is_forgotten_keeps_its_outcome_but_no_word(store: Store) -> None:
    store.audits.queue([served(store, "a?"), served(store, "b?")])
    kept = remember(store, [outcome("a?"), outcome("b?")])
    done, _ = store.audits.due(2)
    store.audits.settle(done.id, False, kept[0].id)
    store.forget([record.id for record in kept])
    (settled,) = store.audits.settled("v1")
    assert (settled.question, settled.answer, settled.right) == ("", None, False)
    (waiting,) = store.audits.due(2)
    assert (waiting.question, waiting.answer) == ("", None)
    assert store.audits.settle(waiting.id, None, kept[1].id), "a record that is gone is left out"


def test_suspensions_are_an_adapters_own_and_the_first_reason_stays(store: Store) -> None:
    assert store.audits.suspended("v1") == {}
    store.audits.suspend("v1", "sums", "5 wrong of 9")
    store.audits.suspend("v1", "sums", "6 wrong of 10")
    store.audits.suspend("v1", "gone", "2 wrong of 2")
    assert store.audits.suspended("v1") == {"sums": "5 wrong of 9", "gone": "2 wrong of 2"}
    assert store.audits.suspended("v2") == {}


def test_each_suspension_is_heeded_once(store: Store) -> None:
    assert not store.audits.unheeded("v1")
    store.audits.suspend("v1", "sums", "5 wrong of 9")
    store.audits.suspend("v2", "sums", "5 wrong of 9")
    assert store.audits.unheeded("v1")
    store.audits.heed("v1")
    assert not store.audits.unheeded("v1")
    assert store.audits.unheeded("v2"), "another adapter's own"
    store.audits.suspend("v1", "sums", "6 wrong of 10")
    assert store.audits.revise("v1", "sums", "5 wrong of 9", "4 wrong of 9")
    assert not store.audits.unheeded("v1"), "said again"
    assert store.audits.revise("v1", "sums", "4 wrong of 9", None)
    store.audits.suspend("v1", "sums", "5 wrong of 9")
    assert store.audits.unheeded("v1"), "suspended anew"


def test_a_suspension_from_before_is_kept_and_heeded_once(database: Path) -> None:
    with Store(database, "hash-16", 16) as store:
        store.audits.suspend("v1", "sums", "5 wrong of 9")
    engine = create_engine(f"sqlite:///{database}")
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE suspensions DROP COLUMN newest_record_id")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0008'")
    engine.dispose()
    with Store(database, "hash-16", 16) as store:
        assert store.audits.suspended("v1") == {"sums": "5 wrong of 9"}
        assert store.audits.unheeded("v1")


def test_what_was_found_can_be_said_again(store: Store) -> None:
    store.audits.queue([served(store, "a?"), served(store, "b?"), served(store, "c?", None, "v0")])
    kept = remember(store, [outcome("a?")])
    first, waiting, _ = store.audits.due(3)
    store.audits.settle(first.id, False, kept[0].id)
    store.audits.judge_again({first.id: True, waiting.id: False, 999: False})
    (done,) = store.audits.settled("v1")
    assert (done.right, done.record_id) == (True, kept[0].id)
    store.audits.judge_again({first.id: None})
    assert store.audits.settled("v1")[0].right is None
    assert waiting in store.audits.due(3), "what waits is not judged again"
    assert store.audits.adapters() == ["v0", "v1"]


def test_only_the_reason_that_was_read_is_revised_or_lifted(store: Store) -> None:
    store.audits.suspend("v1", "sums", "5 wrong of 9")
    store.audits.suspend("v2", "sums", "5 wrong of 9")
    assert not store.audits.revise("v1", "sums", "4 wrong of 9", None)
    assert store.audits.revise("v1", "sums", "5 wrong of 9", "4 wrong of 9")
    assert store.audits.suspended("v1") == {"sums": "4 wrong of 9"}
    assert store.audits.revise("v1", "sums", "4 wrong of 9", None)
    assert not store.audits.revise("v1", "sums", "4 wrong of 9", None)
    assert store.audits.suspended("v1") == {}
    assert store.audits.suspended("v2") == {"sums": "5 wrong of 9"}


def test_a_forgotten_question_is_known_no_more(store: Store) -> None:
    store.audits.queue([served(store, "a?"), served(store, "b?")])
    (kept,) = remember(store, [outcome("a?")])
    forgotten, known = store.audits.due(2)
    assert store.audits.unforgotten([forgotten.id, 999]) == {forgotten.id}
    store.forget([kept.id])
    assert store.audits.unforgotten([forgotten.id, known.id]) == {known.id}
    assert store.audits.unforgotten([]) == frozenset()


def test_a_thousand_decisions_from_eight_threads_are_logged_and_queued(store: Store) -> None:
    def work(thread: int) -> None:
        for n in range(125):
            decision = served(store, f"{thread} {n}?")
            store.audits.queue([decision])
            store.audits.queue([decision])
            store.audits.suspended("v1")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    due = store.audits.due(2_000)
    assert len({audit.question for audit in due}) == len(due) == 1_000
    decisions = store.journal.decisions()
    assert len({decision.id for decision in decisions}) == len(decisions) == 1_000


def test_eight_threads_settle_each_audit_once(store: Store) -> None:
    store.audits.queue([served(store, f"{n}?") for n in range(24)])
    ids = [audit.id for audit in store.audits.due(100)]

    def work(thread: int) -> int:
        store.audits.suspend("v1", "sums", f"thread {thread}")
        return sum(store.audits.settle(id_, thread % 2 == 0, None) for id_ in ids)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(work, range(8))) == 24
    assert len(store.audits.settled("v1")) == 24
    assert store.audits.due(1) == []


PROCESS = """
import sys
from memory.records import Decision, Route
from memory.store import Store
with Store(sys.argv[1], "hash-16", 16) as store:
    for decision in store.journal.decisions():
        store.audits.queue([decision])
    print(sum(store.audits.settle(audit.id, True, None) for audit in store.audits.due(100)))
    store.audits.suspend("v1", "sums", sys.argv[2])
"""


def test_two_processes_at_once_do_it_once(store: Store, database: Path) -> None:
    for n in range(40):
        served(store, f"{n}?")
    running = [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS, str(database), name], stdout=subprocess.PIPE, text=True
        )
        for name in ("one", "two")
    ]
    counts = [int(process.communicate(timeout=60)[0]) for process in running]
    assert sum(counts) == len(store.audits.settled("v1")) == 40
    assert store.audits.suspended("v1")["sums"] in ("one", "two")


def test_a_database_from_before_keeps_what_it_had(database: Path) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    engine = create_engine(f"sqlite:///{database}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO decisions (question, route, reason, adapter, features, prompt_tokens, "
            "tokens, seconds, created_at) VALUES ('a?', 'system1', 'sure', 'v1', '{}', 1, 2, 3.0, "
            "'2025-03-01 12:00:00')"
        )
    engine.dispose()
    with Store(database, "hash-16", 16) as store:
        (decision,) = store.journal.decisions()
        assert decision.question == "a?"
        store.audits.queue([decision])
        assert [audit.question for audit in store.audits.due(1)] == ["a?"]


def test_only_questions_that_got_a_confidence_are_measured(store: Store) -> None:
    for near, confidence in ((0.9, 0.8), (0.1, None), (0.7, 0.2)):
        seen = {"mean_similarity": near}
        made = Decision("a?", Route.SYSTEM2, "4", confidence, 0.8, "-", "sums", "v1", features=seen)
        store.journal.log_decision(made)
    assert store.audits.measured("mean_similarity", "v1", "sums") == [0.9, 0.7]


def test_a_few_new_drafts_do_not_begin_to_measure_anew(store: Store) -> None:
    def asked(near: float) -> None:
        made = replace(served(store, "a?"), id=0, created_at=None)
        store.journal.log_decision(replace(made, features={"mean_similarity": near}))

    def drafted(first: int, last: int, skill: str = "sums") -> None:
        new = [Record(f"{skill} {n}?", "4", Status.GOLD, skill) for n in range(first, last)]
        made = store.remember_many(new, np.ones((len(new), 16), "f4"))
        drafts = {r.id: Draft(r.question, "4", "4", "v1", -0.1, -0.1, 1.0, 1) for r in made}
        store.journal.save_drafts("v1", drafts)

    asked(0.1)
    assert store.audits.measured("mean_similarity", "v1", "sums") == [0.1]
    drafted(0, LEAST_DRAFTS)
    assert store.audits.measured("mean_similarity", "v1", "sums") == []
    asked(0.2)
    drafted(LEAST_DRAFTS, 2 * LEAST_DRAFTS - 1)
    drafted(0, LEAST_DRAFTS, "products")
    asked(0.3)
    assert store.audits.measured("mean_similarity", "v1", "sums") == [0.2, 0.3]
    drafted(2 * LEAST_DRAFTS - 1, 2 * LEAST_DRAFTS)
    assert store.audits.measured("mean_similarity", "v1", "sums") == [0.3]


@pytest.mark.parametrize("limit", [0, 1, 2])
def test_no_more_are_due_than_asked_for(store: Store, limit: int) -> None:
    store.audits.queue([served(store, "a?"), served(store, "b?")])
    assert len(store.audits.due(limit)) == limit
