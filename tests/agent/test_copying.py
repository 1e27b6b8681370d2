"""Where in a question an answer stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.copying import places_of

WORDS = st.lists(st.sampled_from(["red", "Blue", "green_ish", "7", "owl"]), min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("question", "answer", "found"),
    [
        ("Spell this word backward: boodie", "boodie", ("word 4, 1 long", "word -0, 1 long")),
        ("Spell this word backward: Boodie.", "boodie", ("word 4, 1 long", "word -0, 1 long")),
        ("Which is more, 7 or 12?", "7", ("word 3, 1 long", "word -2, 1 long")),
        ("What does 'the old owl' say?", "The old owl.", ("word 2, 3 long", "word -1, 3 long")),
        ("Is a cat a cat?", "a cat", ("word 3, 2 long", "word -0, 2 long")),
        ("私は猫が好き", "猫", ("word 2, 1 long", "word -3, 1 long")),
        ("把apple倒过来写", "倒过来", ("word 2, 3 long", "word -1, 3 long")),
        ("अंतिम अक्षर बताओ", "अक्षर", ("word 1, 1 long", "word -1, 1 long")),
        ("Spell it: cafe\u0301", "café", ("word 2, 1 long", "word -0, 1 long")),
        ("What is 12 + 30?", "42", None),
        ("What is 12 + 30?", "1", None),
        ("bill_balance or balance?", "bill", None),
        ("Spell it: boodie", "?", None),
        ("", "boodie", None),
        ("a", "a b", None),
    ],
)
def test_the_last_place_counts(question: str, answer: str, found: tuple[str, str] | None) -> None:
    assert places_of(question, [("key", answer)]).get("key") == found


def test_two_keys_never_have_one_place() -> None:
    keyed = [("red", "Red"), ("RED", "red"), ("red", "red"), ("blue", "blue"), ("x", "x")]
    found = places_of("red or blue?", keyed)
    assert set(found) == {"red", "blue"}
    assert len(set(found.values())) == 2


@given(WORDS, st.data())
def test_a_run_of_words_is_found_where_it_stands_last(
    words: list[str], data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(words) - 1))
    run = words[start : data.draw(st.integers(start + 1, len(words)))]
    found = places_of(" ".join(words), [("key", ", ".join(run))]).get("key")
    assert found is not None
    place = int(found[0].split()[1].rstrip(","))
    assert place >= start
    assert [w.casefold() for w in words[place : place + len(run)]] == [w.casefold() for w in run]
