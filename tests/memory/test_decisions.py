from memory.records import Decision, Route
from memory.store import Store
from tests.memory.outcomes import outcome, remember


def fast(store: Store, question: str) -> Decision:
    return store.journal.log_decision(Decision(question, Route.SYSTEM1, "4", 0.9, 0.8, "sure"))


def test_a_records_decisions_are_all_on_its_question(store: Store) -> None:
    before = fast(store, "Is  2 + 2 four?")
    kept, other = remember(store, [outcome("Is 2 + 2 four?"), outcome("Is 2 + 3 four?")])
    used = store.journal.log_decision(
        Decision("Is 2 + 2 four?", Route.SYSTEM2, "4", None, None, "", record_id=kept.id)
    )
    after = fast(store, " Is 2 + 2 four? ")
    fast(store, "Is 2 + 3  four?")
    found = store.journal.decisions(record_id=kept.id)
    assert found == [before, used, after]
    assert store.journal.decisions(record_id=kept.id, newest_first=True, limit=1) == [after]
    assert store.journal.decisions(record_id=kept.id, route=Route.SYSTEM1) == [before, after]
    assert len(store.journal.decisions(record_id=other.id)) == 1


def test_another_indent_is_another_question(store: Store) -> None:
    (kept,) = remember(store, [outcome("What does this print?\n  x")])
    fast(store, "What does this print?\n x")
    assert store.journal.decisions(record_id=kept.id) == []


def test_a_forgotten_record_has_no_decisions(store: Store) -> None:
    (gone,) = remember(store, [outcome("Is 2 + 2 four?")])
    fast(store, "Is 2 + 2 four?")
    store.forget([gone.id])
    assert store.journal.decisions(record_id=gone.id) == []
    assert len(store.journal.decisions()) == 1
