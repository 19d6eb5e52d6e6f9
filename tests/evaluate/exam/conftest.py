"""The exam of the default split, built once."""

from __future__ import annotations

import pytest

from hackmentor.evaluate.exam.question import Exam
from hackmentor.evaluate.exam.questions import build_exam


@pytest.fixture(scope="session")
def exam() -> Exam:
    return build_exam(seed=0, eval_fraction=0.1)
