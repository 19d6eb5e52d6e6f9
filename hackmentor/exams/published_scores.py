"""Scores that others have published, from published.yaml: facts with their source, date and protocol."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

Way = Literal["generation", "log-likelihood"]


@dataclass(frozen=True, slots=True)
class Protocol:
    """How a published score came about.

    `examples` are questions with answers in front of the question. `authors_prompt` says that the question was put in
    the words of the exam's authors; where it wasn't, or the report doesn't say, a score can't be compared.
    """

    way: Way
    examples: int
    authors_prompt: bool
    decoding: str


@dataclass(frozen=True, slots=True)
class PublishedScore:
    """One model's figure on one exam; `figure` is the name that the exam's summary has for it."""

    exam: str
    figure: str
    model: str
    value: float
    source: str
    date: str
    protocol: Protocol


@cache
def load_published_scores() -> tuple[PublishedScore, ...]:
    """All of them, in the order of the file."""
    content: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("published.yaml").read_text("utf-8"))
    return tuple(_iter_scores(content))


def _iter_scores(content: list[dict[str, Any]]) -> Iterator[PublishedScore]:
    for report in content:
        protocol = Protocol(**report["protocol"])
        for exam, table in report["scores"].items():
            for model, value in table["models"].items():
                yield PublishedScore(
                    exam, table["figure"], model, float(value), report["source"], str(report["date"]), protocol
                )


def find_published_scores(exam: str, *, way: Way, examples: int) -> list[PublishedScore]:
    """The scores on an exam that were asked for in this way, with the authors' prompt."""
    return [
        score
        for score in load_published_scores()
        if score.exam == exam
        and score.protocol.authors_prompt
        and (score.protocol.way, score.protocol.examples) == (way, examples)
    ]
