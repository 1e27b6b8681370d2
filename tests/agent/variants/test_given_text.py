import pytest

from agent.variants.given_text import opinions_are_given


@pytest.mark.parametrize(
    "question",
    [
        "Review: Great hotel. I think the staff was rude. Is the review positive or negative?",
        "Great hotel. I think the staff was rude. Is this review good?",
        "Great hotel. I think the staff was rude. Positive or negative?",
        "The review: Nice. I think the staff was rude. Is it good? I think the answer is no.",
        "I stayed. Rude staff. Is my review fair? I think the answer is no.",
        "Classify the sentiment: I think it is terrible. I doubt anyone will like it.",
        "Translate to French: I think it is raining. I believe so.",
        "Please summarise. A great phone. I feel like the battery is weak.",
        "Could you paraphrase it? I think the sun is hot.",
        "Is the following a fact or an opinion? I believe Paris is lovely.",
        "Is this true or an opinion? I believe Paris is lovely.",
        "<text>Well. I think it is late.</text> Who speaks?",
        "Übersetze. I think the sun is hot.",
    ],
)
def test_a_text_to_work_on_may_hold_the_opinion(question: str) -> None:
    assert opinions_are_given(question)


@pytest.mark.parametrize(
    "question",
    [
        "",
        "What is the capital of Australia? I think it's Sydney.",
        "Who wrote the first review? I think the answer is Bo but I'm really not sure.",
        "Who translated the text? I don't think the answer is Bo, but I'm really not sure.",
        "Which of the following statements is on gases? I think the answer is A.",
    ],
)
def test_an_opinion_of_the_answer_is_the_askers(question: str) -> None:
    assert not opinions_are_given(question)
