import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.variants.spacing import widen_gaps


@pytest.mark.parametrize(
    ("question", "changed"),
    [
        (
            "How many letters are in the name 'Carl Lopez'?",
            "How many letters are in the name 'Carl  Lopez'?",
        ),
        (
            'Take the last letters of the words in "Ann van Dam" and concatenate them.',
            'Take the last letters of the words in "Ann  van  Dam" and concatenate them.',
        ),
        (
            "Which word of “red old barn” is a colour?",
            "Which word of “red  old  barn” is a colour?",
        ),
        (
            'Is the phrase "to be" in "to be or not"? It\'s Bob\'s line.',
            'Is the phrase "to  be" in "to  be  or  not"? It\'s Bob\'s line.',
        ),
    ],
)
def test_gaps_in_quoted_texts_are_widened(question: str, changed: str) -> None:
    (variant,) = widen_gaps(question)
    assert (variant.name, variant.question) == ("gaps widened", changed)
    assert variant.back("7") == "7"


@pytest.mark.parametrize(
    "question",
    [
        "How many letters are in the name Carl Lopez?",
        'How often does "e" come in "tree"?',
        'How many spaces are in "a b c"?',
        'How many characters does "a b" have?',
        'How long is "a b"?',
        'Reverse the text "a b".',
        'What does print("a b") show?',
        'What is `len("a b")`?',
        "Ann's mother's two friends don't know Bob's son. How many people?",
        'The words are 64" tall or 60" tall. How many letters are there?',
        'A line ends in "\nthe next begins" here.',
        "How many symbols are there in 'a b'?",
        "What is the ASCII sum of the letters in 'a b'?",
        "What is the sixth letter or sign in 'hello world'?",
        "Split the words 'a b c' at each separator: how many empty parts arise?",
        "Is 'a b' the same phrase as 'a b c'?",
        "What does 'rm -rf x y' do?",
        "Caesar shift 'ab cd' by 1.",
        "Wie viele Zeichen hat 'a b'?",
        'How often does the name "Ann Lee" come in this list: Ann Lee, Bo Ott, Ann Lee?',
    ],
)
def test_a_text_whose_characters_may_matter_stays(question: str) -> None:
    assert widen_gaps(question) == []


@given(st.text(max_size=80))
def test_only_spaces_are_added(question: str) -> None:
    for variant in widen_gaps(question):
        assert variant.question.replace(" ", "") == question.replace(" ", "")
        assert len(variant.question) > len(question)
