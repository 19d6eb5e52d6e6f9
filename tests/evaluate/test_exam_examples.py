"""Items with their answers before each question, as generated and as scored; without a model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hackmentor.config.schema import EvaluateSettings
from hackmentor.evaluate.public_exam_measurement import build_exam_measurements
from hackmentor.evaluate.public_exams import PublicExam, load_public_exams
from hackmentor.runtime.errors import UserError
from tests.exams import made_files as made


def load(spec: str, **settings: Any) -> PublicExam:
    defaults = {"exams_by": "generation", "exams_items": None, "exams_examples": 0}
    drawn = {"exams_samples": 1, "exams_temperature": 0.3}
    (exam,) = load_public_exams(EvaluateSettings.model_construct(exams=[spec], **(defaults | drawn | settings)), seed=0)
    return exam


@pytest.fixture
def own(tmp_path: Path) -> str:
    rows = [{"question": f"Which {n}?", "A": f"key {n}", "B": f"wall {n}", "answer": "AB"[n % 2]} for n in range(6)]
    return f"mcq:{made.write_jsonl(tmp_path / 'own.jsonl', rows)}"


def test_examples_come_before_each_question_and_are_not_asked(own: str) -> None:
    exam = load(own, exams_examples=2)
    assert (len(exam.items), exam.way) == (4, "generated, after 2 examples")
    questions = exam.build_questions()
    assert [question.shape for question in questions] == ["turn"] * 4
    messages = questions[0].messages
    assert [message["role"] for message in messages] == ["user", "assistant"] * 2 + ["user"]
    assert [message["content"] for message in messages[1::2]] == [example.key for example in exam.examples]
    assert messages[0]["content"] == exam.examples[0].prompt
    assert messages[-1]["content"] == exam.items[0].prompt
    shown = {example.id for example in exam.examples}
    assert shown.isdisjoint(item.id for item in exam.items)


def test_without_examples_nothing_is_shown(own: str) -> None:
    exam = load(own)
    assert (len(exam.items), exam.way, exam.examples) == (6, "generated", ())
    assert [question.shape for question in exam.build_questions()] == ["iio"] * 6


@pytest.mark.parametrize("form", ["letters", "cloze"])
def test_examples_of_log_likelihood_end_with_the_answer(form: str, own: str) -> None:
    exam = load(own, exams_examples=1, exams_by=form)
    (measurement,) = build_exam_measurements([exam], batch_size=1, seed=0)
    assert exam.way == f"{form} by log-likelihood, after 1 example"
    example, item = exam.examples[0], exam.items[0]
    lines = measurement.questions[0].question.split("\n")
    assert (lines[0], lines[-1]) == (example.question, item.question)
    assert lines[-3] == (example.key if form == "letters" else example.answer_text)


def test_an_example_answers_in_the_form_that_the_prompt_wants(tmp_path: Path) -> None:
    path = tmp_path / "CyberMetric-80-v1.json"
    path.write_text(json.dumps(made.CYBERMETRIC), encoding="utf-8")
    exam = load(f"cybermetric-80:{path}", exams_examples=1)
    system_and_example, answer, _ = exam.build_questions()[0].messages
    assert answer["content"] == f"ANSWER: {exam.examples[0].key}"
    assert system_and_example["content"].startswith(exam.task.system_prompt)


def test_as_many_examples_as_items_are_refused(own: str) -> None:
    with pytest.raises(UserError, match=r"evaluate\.exams_examples=6: .*own\.jsonl has no item left to ask"):
        load(own, exams_examples=6)
