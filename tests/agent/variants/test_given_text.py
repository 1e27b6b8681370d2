import pytest

from agent.variants.given_text import opinions_are_given


@pytest.mark.parametrize(
    "question",
    [
        "Review: Great hotel. I think the staff was rude. Is the review positive or negative?",
        "Great hotel. I think the staff was rude. Is this review good?",
        "Great hotel. I think the staff was rude. Positive or negative?",
        "The review: Nice. I think the staff was rude. Is it good? I think the answer is no.",
        "I stayed. I feel the staff was rude. Is my review fair? I think the answer is no.",
        "Is the following review positive? I think the staff was rude.",
        "Is it positive or negative? I think the staff was rude.",
        "How does the writer feel: good or bad?\nText: I think the staff was rude.",
        "I think the sun is hot. How is it translated?",
        "Could you rewrite it? I think the sun is hot.",
        "Rewrite: Good day. I think the sun is hot.",
        "Continue the story. I believe it was late.",
        "Translate to French. I think the answer is five.",
        "Classify the sentiment: I think it is terrible. I doubt anyone will like it.",
        "Translate to French: I think it is raining. I believe so.",
        "Please summarise. A great phone. I feel like the battery is weak.",
        "Could you paraphrase it? I think the sun is hot.",
        "Is the following a fact or an opinion? I believe Paris is lovely.",
        "Is this true or an opinion? I believe Paris is lovely.",
        "<text>Well. I think it is late.</text> Who speaks?",
        "I think the sea is blue. What does the poet mean?",
        "What is the writer's main point? I believe that taxes are too high.",
        "What does the author mean? I think the sea is blue.",
        "What does the poet mean? Well, I feel the sea is blue.",
        "What does the speaker feel in the story? I think the world is ending.",
        "How many words are in the sentence? I think we should go home.",
        "What is the first word of the passage? I doubt that she came.",
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
        "Who is the author of Dune? I think it's Isaac Asimov, but I'm not sure.",
        "I think it's Isaac Asimov. Who is the author of Dune?",
        "Who wrote the story The Raven? Well, to be honest, I believe it was Hawthorne.",
        "What is the capital of Australia? I think it's Sydney. Correct me if I'm wrong.",
        "Who is the author? I think it's Asimov.",
        "Which author wrote Emma? I think Austen did.",
        "Who was the author of Emma? I think Austen was.",
        "Who is the speaker of the House? I think Bo is.",
        "Who invented the story of Tarzan? I believe Burroughs did.",
        "How many words are in the sentence? I think it is five.",
        "How many words are in the sentence? I’m sure that it’s five.",
        "How many words are in the sentence? I think the answer is five.",
        "Simplify 6/8. I think the answer is 2/3.",
        "Simplify: 6/8. I think it's 2/3.",
        "Convert 5 miles to kilometres. I think the answer is 10.",
        "Continue the sequence 2, 4, 8. I think the answer is 12.",
        "My teacher wrote a letter with 12 words. How many words are 2? I think the answer is 16.",
        "Is the following statement true: 17 is prime? I think it is false.",
        "Statement: 17 is prime. Is it true? I’m sure it is not.",
        "What is the next letter in A, C, E? I think it is F.",
        "Rate of change of x^2 at 3? I think the answer is 9.",
        "Analyze: which is bigger, 9.11 or 9.9? I think 9.11 is bigger.",
        "I stayed. Rude staff. Is my review fair? I think the answer is no.",
    ],
)
def test_an_opinion_of_the_answer_is_the_askers(question: str) -> None:
    assert not opinions_are_given(question)
