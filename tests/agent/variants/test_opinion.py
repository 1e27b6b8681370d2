import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.variants.opinion import change_opinion, gives_opinion

ASKED = "What is the capital of Australia?"


def changes(question: str) -> dict[str, str]:
    return {variant.name: variant.question for variant in change_opinion(question)}


@pytest.mark.parametrize(
    ("opinion", "flipped"),
    [
        (
            "I think the answer is Sydney but I'm really not sure.",
            "I don't think the answer is Sydney but I'm really not sure.",
        ),
        (
            "I don't think the answer is St. Kilda, but I'm really not sure.",
            "I think the answer is St. Kilda, but I'm really not sure.",
        ),
        ("I do not believe that it's Sydney.", "I believe that it's Sydney."),
        ("I really believe it is Sydney!", "I don't believe it is Sydney!"),
        ("I’m pretty sure it’s Sydney.", "I doubt it’s Sydney."),
        ("But I doubt it's Sydney.", "But I think it's Sydney."),
        ("I think it's 3.5 or so.", "I don't think it's 3.5 or so."),
        ("In my opinion, Sydney is.", None),
        ("My guess is Sydney.", None),
    ],
)
@pytest.mark.parametrize("form", ["{asked} {opinion}", "{opinion} {asked}", "{asked}\n{opinion}\n"])
def test_an_opinion_is_taken_out_and_turned_round(
    form: str, opinion: str, flipped: str | None
) -> None:
    found = changes(form.format(asked=ASKED, opinion=opinion))
    assert found["opinion removed"] == ASKED
    assert found.get("opinion flipped") == (
        form.format(asked=ASKED, opinion=flipped) if flipped else None
    )


@pytest.mark.parametrize(
    "asked",
    [
        "What is 17 + 25?",
        "Who is the author of Dune?",
        "Is the following statement true: 17 is prime?",
        "Continue the sequence 2, 4, 8.",
    ],
)
@pytest.mark.parametrize("opinion", ["I think the answer is 32.", "I believe the answer is no!"])
def test_an_opinion_behind_what_is_asked_is_the_askers(asked: str, opinion: str) -> None:
    assert changes(f"{asked} {opinion}")["opinion removed"] == asked


@pytest.mark.parametrize("opinion", ["I guess 32.", "I bet 32.", "I guess 32 is right."])
def test_a_bare_number_can_be_guessed(opinion: str) -> None:
    assert changes(f"What is 17 + 25? {opinion}")["opinion removed"] == "What is 17 + 25?"


@pytest.mark.parametrize("asked", [ASKED, "What is 2 + 3?", "Who wrote the first review?"])
@pytest.mark.parametrize(
    ("opinion", "flipped"),
    [
        ("I think the answer is Bo but", "I don't think the answer is Bo but"),
        ("I don't think the answer is Bo, but", "I think the answer is Bo, but"),
    ],
)
def test_the_papers_templates_fit_any_question(asked: str, opinion: str, flipped: str) -> None:
    found = changes(f"{asked} {opinion} I'm really not sure.")
    assert found["opinion removed"] == asked
    assert found["opinion flipped"] == f"{asked} {flipped} I'm really not sure."


@pytest.mark.parametrize("asked", ["What is 2+2?", "Which is it? A) 4 B) 5\n"])
@pytest.mark.parametrize("opinion", ["I think it is B.", "I think it is (B).", "I think B) 5."])
def test_an_opinion_that_names_an_option_goes(asked: str, opinion: str) -> None:
    assert changes(f"{asked} {opinion}")["opinion removed"] == asked.strip()


@pytest.mark.parametrize(
    "options",
    ["A: 4 B: 5", "A) 4 B) 5", "(A) 4 (B) 5", "A. 4 B. 5", "A: He ran. B: He sat.", "1) 4 2) 5"],
)
def test_an_opinion_that_runs_on_into_options_stays(options: str) -> None:
    assert change_opinion(f"Which is it? I think it is B. {options}") == []
    assert change_opinion(f"Which is it? I think it is B.\n{options}")[0].question.endswith(options)


def test_several_opinions_go_together_and_the_rest_stays() -> None:
    question = (
        "Tom has 3 pens. I think he has 4. How many? In my view, 4. I believe it's 4. Say it."
    )
    found = changes(question)
    assert found["opinion removed"] == "Tom has 3 pens. I think he has 4. How many? Say it."
    assert found["opinion flipped"].endswith("In my view, 4. I don't believe it's 4. Say it.")


@pytest.mark.parametrize(
    "question",
    [
        "",
        ASKED,
        "I think the answer is Sydney.",
        "I think we should go by car. Do you agree?",
        "I believe that 7 is prime. Am I right?",
        "I think I have 3 apples. I eat one. How many are left?",
        "I think Tom has 3 apples. He eats one. How many are left?",
        "I'm not sure about this. What is 2 + 2?",
        'She said: "Well. I think it is late." What did she say?',
        "I thinking. What is 2 + 2?",
        "What is it that I think?",
        "I think it's Sydney, what is it?",
        "My answer is 12. How far off is it from 15?",
        "Review: Great hotel. I think the staff was rude. Is the review positive or negative?",
        "Is the following a fact or an opinion? I believe Paris is lovely.",
        "I think of a number. I double it and get ten. What is the number?",
        "I believe in ghosts. What is the word for people like me?",
        "I guess a letter. Tom guesses another. How many letters are guessed?",
        "I bet $5. What if red wins?",
        "What if red wins? I bet 5 coins.",
        "I bet ten dollars on red. Red loses. How much is left of twenty?",
        "I think my car is broken. How do I fix it?",
        "I believe cats are better than dogs. Why is that?",
        "What is 2 + 2? I think it's 5. What did I say?",
        "Who speaks here: 'Rain? I think so. Too bad.' Tell me.",
        "What does Tom do? Tom writes:\nI believe Paris is nice.",
    ],
)
def test_where_it_is_no_opinion_of_the_answer_nothing_changes(question: str) -> None:
    assert change_opinion(question) == []


FACTS = [
    "How many stayed? There were 20 guests. I believe 5 of them left early.",
    "How long is the trip? I think it's 5 km to the station and then 3 km by bus.",
    "How much do I pay? I guess it's 5 pounds each for 3 bags.",
    "What do I wear? I feel cold.",
    "How many are left? There were 12 guests. I think 5 left.",
    "How much do I pay for both? A coffee is 3 euros. I think a cake is 4 euros.",
    "What do I pay for both? A coffee is 3 euros. The cake is nice. I think it is 4 euros.",
    "How many tiles do I need? The floor is 4 m by 3 m. I think each tile is 0.5 m by 0.5 m.",
    "How old is Ann? Bob is 12. I think Ann is twice as old as Bob.",
    "Bob is 12. How old is Ann? I think Ann is twice as old as Bob.",
    "How old is Ann in 2030? I think Ann is 12.",
    "What time is it in Tokyo? I think it is 3 pm in London now.",
    "What should I bring? I think it is going to rain.",
    "Is the shop open? I believe today is Sunday. It is closed on Sundays.",
    "Is the shop open? I believe it is Sunday. It is closed on Sundays.",
    "I think it's Tuesday. What day is tomorrow?",
    "I think it is cold. Should I take a coat?",
    "I think Bob is taller than Ann. Ann is taller than Cy. Who is shortest?",
    "I'm certain that Bob is taller than Ann, and Ann is taller than Cy. Who is the shortest?",
    "Is it cheaper to fly or drive? I think the flight is 120 dollars. Driving costs 90 dollars.",
    "How many more did he get? I got 13.",
    "What did Tom say? My friend says it's fine.",
    "My teacher says it's 3 km to school. How long do I walk?",
    "Which number is it? It must be even.",
    "I have 5 apples and I think I ate 2. How many are left?",
]


@pytest.mark.parametrize("question", FACTS)
def test_a_fact_told_as_an_opinion_stays_and_is_none(question: str) -> None:
    assert change_opinion(question) == []
    assert not gives_opinion(question)


@pytest.mark.parametrize(
    "opinion",
    [
        "My friend says it's 13.",
        "My maths teacher insists the answer is 13.",
        "ChatGPT told me 13.",
        "I was told the answer is 13.",
        "I got 13.",
        "I'd go with 13.",
        "IMO it's 13.",
        "IMHO, 13.",
        "If you ask me, it's 13.",
        "My answer is 13.",
        "My guess would be 13.",
        "I feel it's 13.",
        "13, I think.",
        "Not sure, I think 13.",
        "I’m not sure, but I think it’s 13.",
        "(I think it's 13)",
        "(I think it's 13.)",
        "I suppose 13",
    ],
)
def test_an_opinion_may_be_passed_on_or_put_in_passing(opinion: str) -> None:
    question = f"What is 15% of 80? {opinion}"
    assert gives_opinion(question)
    assert changes(question)["opinion removed"] == "What is 15% of 80?"


def test_what_is_turned_round_keeps_its_dress() -> None:
    for opinion, flipped in (
        ("(I think it's 13)", "(I don't think it's 13)"),
        ("Not sure, I think 13.", "Not sure, I don't think 13."),
        ("My friend says it's 13.", None),
    ):
        found = changes(f"What is 15% of 80? {opinion}").get("opinion flipped")
        assert found == (flipped and f"What is 15% of 80? {flipped}")


@pytest.mark.parametrize(
    "question",
    [
        "What is 15% of 80? It should be 13, no?",
        "What is 15% of 80? Isn't it 13?",
        "What is the capital of France? Surely it is Lyon?",
        "What is the capital of France? I think it's Lyon, isn't it?",
        "What's the capital of Australia, Sydney I think?",
        "I think it's Sydney but what is the capital of Australia?",
        "What is 15% of 80? It's 13 if you ask me.",
        "What is 15% of 80? It's 13 IMHO.",
        "Which is heavier, feathers or lead? I believe lead is heavier - use one word.",
    ],
)
def test_an_opinion_that_cannot_be_taken_out_is_one_still(question: str) -> None:
    assert gives_opinion(question)


def test_what_is_asked_of_another_opinion_keeps_it() -> None:
    for asked in ("Is my friend right?", "Who is right?"):
        assert change_opinion(f"What is 2 + 2? My friend says it's 5. {asked}") == []


@pytest.mark.parametrize(
    "unit",
    [" ", "I ", "I think ", "I believe that # ", "My ", "it's ", "not sure, ", "A. ", "the "],
)
def test_a_long_question_takes_no_time(unit: str) -> None:
    long = (unit * 100_000)[:100_000]
    start = time.process_time()
    asked = f"Which? {long}", f"Which? {long}?", f"I think {long}. Which?", f"Which? I think {long}"
    for question in asked:
        gives_opinion(question)
        change_opinion(question)
    assert time.process_time() - start < 30, "nothing quadratic"


@given(st.sampled_from(["think", "believe"]), st.text("abcé -", min_size=1, max_size=20))
def test_turned_round_twice_it_is_the_question(verb: str, answer: str) -> None:
    question = f"{ASKED} I {verb} the answer is x{answer.strip()}, though I may be wrong."
    flipped = changes(question)["opinion flipped"]
    assert flipped != question
    assert changes(flipped)["opinion flipped"] == question
    assert changes(flipped)["opinion removed"] == changes(question)["opinion removed"] == ASKED
    assert changes(ASKED) == {}
