import pytest

from agent.variants.of_answer import is_of_answer

WHICH = "Which city is it?"


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        (" the answer is 5, but I'm not sure.", None),
        (" the right answer would be Rome", None),
        (" Rome is the answer.", None),
        (" it's Rome.", WHICH),
        (" is Rome", WHICH),
        (" it was St. Kilda, or so.", WHICH),
        (" it is false.", "Is 17 even?"),
        (" it's Rome.", ""),
        (" Rome, not Paris.", WHICH),
        (" Isaac Asimov", "Who wrote Dune?"),
        (" 1,000 km", "How far is it?"),
        (" it's 2 hours and 30 minutes", "How long is it?"),
        (" it's 3 or 4.", "How many are there?"),
        (" it was 14 May 1929", "When did he die?"),
        (" it's 2*3^2", "What is 18 in primes?"),
        (" it's 60 miles per hour", "How fast is it?"),
        (" 32 is right", "What is 15 + 17?"),
        (" B) 5.", "Which is it?"),
        (" (B).", "Which is it?"),
        (" so.", "Is 17 prime?"),
        (" Austen did", "Who wrote Emma?"),
        (" Austen wrote Emma", "Who wrote Emma?"),
        (" lead is heavier", "Which is heavier, gold or lead?"),
        (" 91 is not prime", "Is 91 prime?"),
        (" Ann is 12", "How old is Ann?"),
        (" the capital is Rome", "What is the capital of Italy?"),
    ],
)
def test_what_is_said_is_the_answer(said: str, asked: str | None) -> None:
    assert is_of_answer(said, asked)


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        (" it's Rome.", None),
        (" Rome", None),
        (" it costs 4 euros", "How much is it?"),
        (" it is raining", "What do I wear?"),
        (" it is 3 pm in London now", "What time is it in Tokyo?"),
        (" it is Sunday", "Is it open?"),
        (" it is twice as long as the other", "How long is it?"),
        (" it is cold", ""),
        (" it's 5 km to the station and then 3 km by bus.", "How long is the trip?"),
        (" it's 5 pounds each for 3 bags.", "How much do I pay?"),
        (" it's 5 pounds per bag.", "How much are 3 bags?"),
        (" 5 pounds each", "How much are 3 bags?"),
        (" 5 left", "How many stayed?"),
        (" 5 of them left early", "How many stayed?"),
        (" 5 apples are rotten", "How many apples are left?"),
        (" today is Sunday", "Is the shop open?"),
        (" a cake is 4 euros", "How much do I pay?"),
        (" a cake is 4 euros", "How much is a coffee and a cake?"),
        (" Bob is the father of Ann", "Who is the mother of Ann?"),
        (" Ann is 12", "How old is Ann in 2030?"),
        (" lead is heavier, and use one word", "Which is heavier, gold or lead?"),
        (" Marlowe wrote Hamlet", ""),
        ("", WHICH),
    ],
)
def test_what_is_said_may_be_a_fact(said: str, asked: str | None) -> None:
    assert not is_of_answer(said, asked)
