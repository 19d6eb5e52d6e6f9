"""One answer, and the file of a contestant's answers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from hackmentor.files import write_text

FILE = "answers.jsonl"


@dataclass(frozen=True)
class Answer:
    """One answer of one contestant: `stop` tells whether it ended by itself or ran into the limit."""

    question_id: str
    contestant: str
    question: str
    text: str
    prompt_tokens: int
    tokens: int
    stop: Literal["end", "length"]


def write_answers(folder: Path, answers: Sequence[Answer]) -> None:
    """Writes a contestant's answers, one JSON object a line."""
    write_text(folder / FILE, "".join(json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in answers))


def read_answers(folder: Path) -> list[Answer]:
    """The answers of a contestant."""
    text = (folder / FILE).read_text(encoding="utf-8")
    return [Answer(**json.loads(line)) for line in text.splitlines()]
