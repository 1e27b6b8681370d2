from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.merge import merge
from memory.records import Record, Split, Status, Vote, question_key, split_of

VOTE = Vote("pot", "4", "print(4)", 7)


def outcome(answer: str | None, status: Status, **fields: object) -> Record:
    made = Record("2 + 2?", answer, status, method="pot", agreement=0.8, votes=(VOTE,), seconds=1.0)
    return replace(made, **fields)


def stored(answer: str | None, status: Status, **fields: object) -> Record:
    return outcome(answer, status, id=1, **fields)


def test_the_key_and_split_are_the_same_on_every_machine() -> None:
    assert question_key("What is 2 + 2?") == "38d46ad3618826cf660df542bcf13a3b92b61df9"
    assert split_of("What is 2 + 2?") is Split.TRAIN


def test_one_in_five_questions_is_held_out_in_two_even_halves() -> None:
    splits = [split_of(f"question {n}") for n in range(5_000)]
    assert 0.08 < splits.count(Split.GATE) / 5_000 < 0.12
    assert 0.08 < splits.count(Split.CALIBRATION) / 5_000 < 0.12


G, V, U, R = Status.GOLD, Status.VERIFIED, Status.UNVERIFIED, Status.REFUTED


@pytest.mark.parametrize(
    ("old", "new", "answer", "status"),
    [
        (("4", G), ("5", V), "4", G),
        (("4", G), ("5", U), "4", G),
        (("4", G), ("4", R), "4", R),
        (("4", G), ("5", R), "4", G),
        (("4", G), ("5", G), "5", G),
        (("5", R), ("5", G), "5", G),
        (("5", R), ("4", R), "4", R),
        (("5", V), ("4", G), "4", G),
        (("4", V), ("5", U), "4", V),
        (("4", V), (None, U), "4", V),
        (("4", V), ("4.0", V), "4.0", V),
        (("4", V), ("5", V), "4", U),
        (("4", V), ("4", R), "4", R),
        (("4", V), ("5", R), "4", V),
        (("5", R), ("5", V), "5", R),
        (("5", R), ("4", V), "4", V),
        (("5", R), ("4", U), "5", R),
        ((None, U), ("4", V), "4", V),
        (("4", U), ("5", U), "5", U),
    ],
)
def test_who_wins(
    old: tuple[str | None, Status],
    new: tuple[str | None, Status],
    answer: str | None,
    status: Status,
) -> None:
    merged = merge(stored(*old), outcome(*new))
    assert (merged.answer, merged.status) == (answer, status)
    assert merged.votes == (VOTE, VOTE)
    assert merged.seconds == 2.0


NINE = datetime(2026, 1, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("old", "new"),
    [(("888", G), ("777", G)), (("777", R), ("777", G)), (("777", G), ("777", R))],
)
def test_of_two_judgements_the_later_counts(
    old: tuple[str, Status], new: tuple[str, Status]
) -> None:
    kept = stored(*old, updated_at=NINE)
    for minutes in (-1, 0):
        late = merge(kept, outcome(*new, updated_at=NINE + timedelta(minutes=minutes)))
        assert (late.answer, late.status, late.updated_at) == (*old, NINE)
    after = NINE + timedelta(minutes=1)
    merged = merge(kept, outcome(*new, updated_at=after))
    assert (merged.answer, merged.status, merged.updated_at) == (*new, after)


@pytest.mark.parametrize(("old", "new"), [(("4", G), ("5", V)), (("4", V), ("5", G))])
def test_a_judgement_keeps_its_time_whatever_is_reasoned(
    old: tuple[str, Status], new: tuple[str, Status]
) -> None:
    judged_at = NINE if old[1] is G else NINE + timedelta(hours=1)
    merged = merge(
        stored(*old, updated_at=NINE), outcome(*new, updated_at=NINE + timedelta(hours=1))
    )
    assert (merged.status, merged.updated_at) == (G, judged_at)
    assert merged.votes == (VOTE, VOTE)


@pytest.mark.parametrize("new", [(None, U), ("5", U), ("4", U), ("5", R)])
def test_an_answer_that_nothing_confirms_gets_no_younger(new: tuple[str | None, Status]) -> None:
    later = NINE + timedelta(hours=1)
    merged = merge(stored("4", V, updated_at=NINE), outcome(*new, updated_at=later))
    assert (merged.answer, merged.status, merged.updated_at) == ("4", V, NINE)
    assert merged.votes == (VOTE, VOTE)
    again = merge(merged, outcome("4", V, updated_at=later))
    assert (again.status, again.updated_at) == (V, later)


def test_a_contradiction_says_which_answers_contradict() -> None:
    merged = merge(stored("4", V), outcome("5", V, agreement=0.9))
    assert merged.reason == "two verified outcomes contradict each other: '4' and '5'"
    assert merged.answer == "5"  # the likelier one, though neither is trusted


def test_gold_keeps_the_reasoning_that_found_the_same_answer() -> None:
    gold = Record("2 + 2?", "4", G)
    assert merge(stored("4", V), gold).method == "pot"
    assert merge(stored("5", V), gold).method is None


def test_a_stored_record_remembered_again_is_not_paid_for_twice() -> None:
    old = stored("4", V)
    assert merge(old, old) is old
    assert merge(old, replace(old, votes=())) is old
    assert merge(old, replace(old, skill="sums")) == replace(old, skill="sums")


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["1", "2", "3"]),
            st.sampled_from(list(Status)),
            st.integers(min_value=0, max_value=3),
        ),
        min_size=1,
    )
)
def test_every_vote_is_kept_and_gold_stays_a_persons(steps: list[tuple[str, Status, int]]) -> None:
    first, *rest = [
        outcome(answer, status, votes=(VOTE,) * votes) for answer, status, votes in steps
    ]
    merged = replace(first, id=1)
    for new in rest:
        was_gold = merged.status is G
        merged = merge(merged, new)
        assert not was_gold or merged.status is G or (new.status, new.answer) == (R, merged.answer)
    assert len(merged.votes) == sum(votes for _, _, votes in steps)
