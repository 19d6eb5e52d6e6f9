"""A few questions with the answers of every contestant, to be read side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hackmentor.evaluate.answer_log import FILE
from hackmentor.review.read_files import clipped, read_lines

QUESTIONS = 12


@dataclass(frozen=True)
class Sample:
    """One question, and by contestant its answer and whether that ran into the limit of its length."""

    id: str
    set: str
    question: str
    answers: Mapping[str, tuple[str, bool]]


def samples(folders: Mapping[str, Path], most: int = QUESTIONS) -> tuple[list[Sample], dict[str, int]]:
    """Questions that most contestants answered, evenly over the sets; and how many lines of a file can't be read."""
    asked: dict[tuple[str, str, str], dict[str, tuple[str, bool]]] = {}
    unread = {}
    for name, folder in folders.items():
        rows, bad = read_lines(folder / FILE)
        if bad:
            unread[name] = bad
        for row in rows:
            key = str(row.get("question_id", "")), str(row.get("set", "")), str(row.get("question", ""))
            asked.setdefault(key, {})[name] = (clipped(str(row.get("text", ""))), row.get("stop") == "length")
    found = [Sample(key[0], key[1], clipped(key[2]), answers) for key, answers in asked.items()]
    return _even(found, most), unread


def _even(found: Sequence[Sample], most: int) -> list[Sample]:
    """The first of each set, then the second of each: those with the most answers first."""
    sets: dict[str, list[Sample]] = {}
    for sample in sorted(found, key=lambda one: -len(one.answers)):
        sets.setdefault(sample.set, []).append(sample)
    turns = sorted((place, name) for name, group in sets.items() for place in range(len(group)))
    chosen = [sets[name][place] for place, name in turns[:most]]
    order = list(dict.fromkeys(one.set for one in found))
    return sorted(chosen, key=lambda one: order.index(one.set))
