"""The exam of the default split, built once."""

from __future__ import annotations

import pytest

from hackmentor.evaluate.exam.build_exam import build_exam
from hackmentor.evaluate.exam.exam_question import Exam


@pytest.fixture(scope="session")
def exam() -> Exam:
    return build_exam(seed=0, eval_fraction=0.1)
