import pytest

from memory.answers import extract_marked


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Answer: 'ye'", "ye"),
        ("Answer: 'ye'.", "ye"),
        ("**Answer: 'ye'**", "ye"),
        ('Answer: **"ye"**', "ye"),
        ("The answer is 'ye'.", "ye"),
        ("Answer: '5'", "5"),
        ("Answer: 'AB'", "AB"),
        ("Answer:\n'ye'", "ye"),
        ("Answer: 'a', 'b'", "'a', 'b'"),
        ('Answer: "Stop! Who is there?"', "Stop! Who is there?"),
        ('Answer: "ye" because it ends so.', "ye"),
        ('"Answer": "ye"', "ye"),
        ('"Answer: ye"', "ye"),
        ("Answer: f'", "f'"),
        ("Answer: `__init__`", "__init__"),
        ("**Answer: `*args`**", "*args"),
        ("Answer: `**7**`", "7"),
        ("Answer: 'tis", "tis"),
    ],
)
def test_an_answer_keeps_or_loses_both_of_its_quotes(text: str, answer: str) -> None:
    assert extract_marked(text) == answer


@pytest.mark.parametrize(
    "said",
    [
        '{"answer": "Paris", "confidence": 0.9}',
        '{"reasoning": "It is known.", "answer": "Paris"}',
        '{\n  "final_answer": "Paris"\n}',
        "{'answer': 5}",
    ],
)
def test_json_is_an_answer_as_a_whole_or_none(said: str) -> None:
    assert extract_marked(said) is None
    assert extract_marked(f"Answer:\n```json\n{said}\n```") == " ".join(said.split())
    assert extract_marked(f"{said}\nAnswer: Paris") == "Paris"
    assert extract_marked('So, "Answer: Paris"') == "Paris"
