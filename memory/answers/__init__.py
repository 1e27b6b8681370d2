"""Final answers: taking them out of a text, writing them one way, telling which are the same.

Knows nothing of models, votes or storage. Equality is decided by `key`: two answers with one key
are the same, so votes can be counted by it. The one exception is `same`, which also lets a bare
number stand for the same number with a unit ("5" and "5 apples"); see `same` and `vote_keys`. Given
the question, all three let case, punctuation, articles and the form of numbers count where it asks
for them or offers two answers that nothing else tells apart ("polish or Polish?"), and know what
names one of its options: "B. Paris" and "Paris" are B.
"""

from memory.answers.declining import declines
from memory.answers.equality import Kind, key, kind_of, normalise, same, vote_keys
from memory.answers.extraction import extract, extract_marked
from memory.answers.thinking import own_words
from memory.answers.values import from_value

__all__ = [
    "Kind",
    "declines",
    "extract",
    "extract_marked",
    "from_value",
    "key",
    "kind_of",
    "normalise",
    "own_words",
    "same",
    "vote_keys",
]
