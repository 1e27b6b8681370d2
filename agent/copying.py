"""Where in a question an answer stands word for word.

Methods that both copy "the last word" agree on every question, each time on another answer. By the
answers, that is agreement far beyond chance; by their places it is a habit that both have.
"""

from collections.abc import Iterable, Sequence

from memory.words import words_in


def places_of(question: str, keyed: Iterable[tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """Where the answers of a question stand in it, by their keys; of several places the last.

    Args:
        question: Any text.
        keyed: A key and an answer that has it, of which case and all but letters, digits and
            underscores don't matter; a key may come again.

    Returns:
        By key, the place counted from the question's start and from its end, in words (in letters
        of a script without spaces), each with the answer's length. Without answers that are not in
        the question; no two keys have the same place.
    """
    words, found = _words(question), dict[str, tuple[str, str]]()
    for key, answer in keyed:
        place = None if key in found else _place(words, _words(answer))
        if place is not None and place not in found.values():
            found[key] = place
    return found


def _place(words: Sequence[str], sought: Sequence[str]) -> tuple[str, str] | None:
    for start in range(len(words) - len(sought), -1, -1):
        if sought and words[start : start + len(sought)] == sought:
            end = len(words) - start - len(sought)
            return f"word {start}, {len(sought)} long", f"word -{end}, {len(sought)} long"
    return None


def _words(text: str) -> list[str]:
    return list(words_in(text, together=1))
