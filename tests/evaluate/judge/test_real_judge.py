"""A real model as judge, behind a real server: too small for a verdict, and that is counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from hackmentor.evaluate.judge.llm import LlmJudge
from tests.endpoint.test_send_requests import build_endpoint
from tests.endpoint.transformers_server import BASE, served
from tests.evaluate.judge.test_judges import build_pair

__all__ = ["served"]


@pytest.mark.slow
@pytest.mark.long
def test_pairs_without_a_verdict_are_counted_and_not_asked_again(served: str, tmp_path: Path) -> None:
    settings = build_endpoint(
        served, model=str(BASE), structured="prompt", context_tokens=2048, timeout_seconds=120.0, concurrency=1
    )
    judge = LlmJudge(settings, tmp_path / "replies", 0.0, 24)
    found = judge.judge([build_pair(), build_pair("the same", "the same", 1)])
    assert [one.win for one in found.battles] == ["tie"]
    assert [len(ids) for ids in found.skipped.values()] == [1]
    kept = (tmp_path / "replies").read_bytes()
    # Two questions, sides swapped. An answer that was cut is not sent back: the next one would be cut as well.
    assert kept.count(b'"requests":1') == kept.count(b"\n") == 2
    assert judge.judge([build_pair(), build_pair("the same", "the same", 1)]) == found
    assert (tmp_path / "replies").read_bytes() == kept
