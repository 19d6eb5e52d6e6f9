"""The fenced blocks that seeds show, in questions and in answers, for the tests that hand them to their tools."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hackmentor.data.sources import seeds

FENCE = re.compile(r"^```([\w+]*)\n(.*?)\n```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Shown:
    """A block of code: whose it is, where it stands, in which language."""

    seed: str
    part: str
    language: str
    code: str

    def __str__(self) -> str:
        return f"{self.seed}, {self.part}"


def texts() -> Iterator[tuple[str, str, str]]:
    """Id, part and text of all that seeds and dialogues say."""
    for path in sorted(seeds.SEED_FOLDER.rglob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            item = json.loads(line)
            if "messages" in item:
                for message in item["messages"]:
                    yield item["id"], "answer" if message["role"] == "assistant" else "input", message["content"]
            else:
                yield item["id"], "instruction", item["instruction"]
                yield item["id"], "input", item["input"]
                yield item["id"], "answer", item["answer"]


def blocks(*languages: str, part: str = "") -> list[Shown]:
    """All blocks in one of the languages; of one part only, if it is given."""
    return [
        Shown(name, where, language, code)
        for name, where, text in texts()
        if not part or part == where
        for language, code in FENCE.findall(text)
        if language in languages
    ]


def events(name: str) -> dict[str, dict[str, list[object]]]:
    """What a rule of a seed must match and must not, by the seed's id."""
    found: dict[str, dict[str, list[object]]] = json.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))
    return found
