"""The letters of an answer, from those that models really give."""

from __future__ import annotations

import pytest

from hackmentor.exams.final_letters import find_final_letters

OPTIONS = ("Form-grabbing", "Network Segmentation", "File", "User Account")

ONE = {
    "B": "B", "b": "B", " B.": "B", "(B)": "B", "**B**": "B", "`B`": "B", r"\boxed{B}": "B", r"$\text{B}$": "B",
    "B) File": "B", "B. File": "B", "B: File": "B", "(B) File": "B",
    "The correct answer is: C": "C", "The answer is (C).": "C", "ANSWER: D": "D", "Answer: **C**": "C",
    "The correct answer is:\n\nB) T1059": "B", "Final Answer: C because it is listed.": "C",
    "Option A is wrong, as B says.\nSo the best option is C.": "C",
    "A list of mailboxes is plausible.\n\nC": "C", "B\n\nAs the report says, A firewall would not help.": "B",
    "A) one\nB) two\nThe answer is B": "B", "I think it must be D": "D", "It is **D**.": "D",
    "network segmentation": "B", "Answer: A\nWait, no.\nAnswer: B": "B", "Answer: B\n": "B", "answer is option D.": "D",
}  # fmt: skip
NONE = [
    "", "   ", "X", "I can't answer that.", "The answer is A firewall.", "E", "DNS", "The answer is unknown.",
    "A firewall and a door", "answer:", "Error",
]  # fmt: skip
SEVERAL = {
    "ABC": "ABC", "A, C": "AC", "A and C": "AC", "A,B and D": "ABD", "Answer: ABC": "ABC", "Answer: A, B, and D": "ABD",
    "The correct answers are A and C.": "AC", "A C": "AC", "Answer: A; B": "AB", "ABC.": "ABC", "(A, B)": "AB",
    "**Answer:** ACD": "ACD", "The correct options are B, D": "BD",
}  # fmt: skip


@pytest.mark.parametrize(("text", "letter"), ONE.items())
def test_one_letter(text: str, letter: str) -> None:
    assert find_final_letters(text, "ABCD", OPTIONS) == {letter}


@pytest.mark.parametrize("text", NONE)
def test_no_letter(text: str) -> None:
    assert find_final_letters(text, "ABCD", OPTIONS) == frozenset()


@pytest.mark.parametrize(("text", "letters"), SEVERAL.items())
def test_several_letters(text: str, letters: str) -> None:
    assert find_final_letters(text, "ABCD") == set(letters)


def test_a_letter_for_not_knowing_counts_where_it_is_offered() -> None:
    assert find_final_letters("X", "ABCDX") == {"X"}
