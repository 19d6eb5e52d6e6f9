"""Free text, marked by the words that it has in common with the key."""

from __future__ import annotations

from pathlib import Path

import pytest

from hackmentor.exams.marked_answers import mark_constant
from hackmentor.exams.tasks import find_exams
from hackmentor.exams.text_task import compute_overlap, split_words
from tests.exams import made_files as made


def test_rouge_l_is_of_the_longest_common_subsequence() -> None:
    # police killed the gunman / police kill the gunman: Lin's example has 3 of 4 words in order.
    assert compute_overlap(["police", "killed", "the", "gunman"], ["police", "kill", "the", "gunman"]) == 0.75
    assert compute_overlap(["the", "gunman", "kill", "police"], ["police", "killed", "the", "gunman"]) == 0.5
    assert split_words("Stop 停泵, now!") == ["stop", "停", "泵", "now"]


def test_answers_are_marked_by_overlap(tmp_path: Path) -> None:
    (found,) = find_exams(f"secure-rert:{made.make_secure(tmp_path)}", "exam")
    exam = found.task.read(found.path)
    first, second = exam.items
    assert found.task.mark(first, "an attacker could READ files").outcome == "correct"
    partly = found.task.mark(second, "An attacker could read files.")
    assert (partly.outcome, round(partly.score, 3)) == ("wrong", 0.545)
    assert found.task.mark(second, "...").outcome == "unparsed"
    assert found.task.mark(first, first.key, truncated=True).score == 0.0
    assert found.task.summarise([partly]) == {"ROUGE-L %": pytest.approx(54.545, abs=0.01)}
    constant = mark_constant(found.task, exam.items)
    assert constant.model == "always the text that is most like all keys"
    assert constant.figures["ROUGE-L %"] == pytest.approx(77.27, abs=0.01)
