"""Answers are marked in other languages, too."""

import pytest

from memory.answers import extract_marked


@pytest.mark.parametrize(
    "text",
    [
        "Odpowiedź: 7",
        "**Ostateczna odpowiedź:** 7",
        "Svar: 7",
        "Antwoord: 7",
        "Răspuns final: 7",
        "Odpověď: 7",
        "Odgovor: 7",
        "Відповідь: 7",
        "Отговор: 7",
        "Απάντηση: 7",
        "Válasz: 7",
        "Vastaus: 7",
        "Cevap: 7",
        "Yanıt: 7",
        "Jawaban akhir: 7",
        "Đáp án: 7",
        "Câu trả lời cuối cùng: 7",
        "الجواب: 7",
        "الإجابة النهائية: 7",
        "پاسخ: 7",
        "תשובה: 7",
        "उत्तर: 7",
        "정답: 7",
        "답: 7",
        "คำตอบ: 7",
    ],
)
def test_a_marker_needs_its_colon_and_may_be_a_copy(text: str) -> None:
    assert extract_marked(f"2 + 5\n{text}") == "7"
    assert extract_marked(f"2 + 5\n{text}", f"2 + 3? {text}") is None
    assert extract_marked(text.replace(":", "")) is None
