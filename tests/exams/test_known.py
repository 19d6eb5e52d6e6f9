"""Known files and published scores: what ships is whole, and names exams and figures that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hackmentor.exams.exam_file import identify_file, load_releases
from hackmentor.exams.item import Mark
from hackmentor.exams.published_scores import find_published_scores, load_published_scores
from hackmentor.exams.tasks import TASKS

# As inspect_evals pins them.
CYBERMETRIC = {
    "cybermetric-80": "1624aeecc54761198bff4828442ce4a10de6cb87c9da3298088b34ae11e15ba0",
    "cybermetric-500": "036747c989da9f38f39a6b33fa2d5ab14147c928df0274217bbecab20be88faa",
    "cybermetric-2000": "3ccc4d425bc4e74d27e0e9790d62369e4626e325d2b661d851c61b1648a0cd4a",
    "cybermetric-10000": "4e35bb62c73b60bd27e54512b2ace6f9286ff2921a45a3d5fe2da22401e04bbb",
}


def test_releases() -> None:
    releases = load_releases()
    assert all(re.fullmatch("[0-9a-f]{64}", sha256) for sha256 in releases)
    assert {release.task for release in releases.values()} - set(TASKS) == {"secbench"}
    assert {release.task: sha256 for sha256, release in releases.items() if "cyberm" in release.task} == CYBERMETRIC
    assert "xashru/cti-bench@57ce8c2" in releases[next(iter(releases))].name


def test_an_unknown_file_is_said(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_text("x")
    assert "no release that is known here" in identify_file(file).describe()


def test_published_figures_are_those_of_summaries() -> None:
    pytest.importorskip("cvss")
    for score in load_published_scores():
        figures = TASKS[score.exam]().summarise([Mark("wrong", 0.0)])
        assert score.figure in figures, score
        assert 0 < score.value <= 100


def test_only_the_same_protocol_is_shown() -> None:
    shown = find_published_scores("ctibench-mcq", way="generation", examples=0)
    assert {score.model: score.value for score in shown}["GPT-4 (turbo)"] == 71.0
    assert len(shown) == 5
    assert find_published_scores("ctibench-mcq", way="log-likelihood", examples=0) == []
