"""Questions with expert answers and whole dialogues, written by hand, that ship with this package.

Each file of `seeds/` and of the folders in it holds one item a line: an item with `messages` is a dialogue, any other a
question. `safety` marks the items that teach what to refuse: a harmful request, the same topic asked by who may ask,
an order inside a text that somebody else wrote.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from hackmentor.data.sources.catalogue import Catalogue, Origin
from hackmentor.records.message import find_dialogue_fault, parse_messages
from hackmentor.runtime.errors import UserError

SEED_FOLDER = Path(__file__).parent.parent / "seeds"
FIELDS = ("id", "category", "instruction", "input", "answer")
SOURCE = "seeds"
LICENCE = "Apache-2.0"
# Of the seeds themselves: it is written into every record, so it changes only when a seed does.
SEEDS_VERSION = "0.2.0"
NOTICE = "Seed questions, answers and dialogues of the HackMentor project, Apache License 2.0."
# A harmful request and the same topic asked legitimately have ids that differ in these words alone.
PAIR_PREFIXES = ("refusal-", "dual-use-")

Safety = Literal["", "refused", "served", "resisted"]
"""What the answer does: it refuses a harmful request, serves a legitimate one that looks alike, or resists an order in
a foreign text. Empty: nothing of that kind."""


@dataclass(frozen=True, slots=True)
class Seed:
    """One question with its answer; `refs` are the CWE and ATT&CK ids that the answer rests on."""

    upstream_id: str
    category: str
    instruction: str
    input: str
    answer: str
    refs: tuple[str, ...]
    safety: Safety = ""

    @property
    def split_key(self) -> str:
        """Each seed is split by itself, but a harmful request goes where its legitimate twin goes."""
        name = self.upstream_id.removeprefix("seed:")
        for prefix in PAIR_PREFIXES:
            name = name.removeprefix(prefix)
        return f"seed:{name}"


@dataclass(frozen=True, slots=True)
class SeedDialogue:
    """One dialogue as pairs of question and answer; `refs` as in `Seed`. Dialogues that begin alike share a side."""

    upstream_id: str
    category: str
    turns: tuple[tuple[str, str], ...]
    refs: tuple[str, ...]
    split_key: str
    safety: Safety = ""


@cache
def load_seeds() -> Catalogue:
    """Every item of every file. Raises UserError that names file and line where one does not hold."""
    entries: list[Seed | SeedDialogue] = []
    first_with_opening: dict[str, str] = {}
    for path in sorted(SEED_FOLDER.rglob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            try:
                item = json.loads(line)
                is_dialogue = "messages" in item
                entries.append(_parse_dialogue(item, first_with_opening) if is_dialogue else _parse_seed(item))
            except (ValueError, KeyError, TypeError) as error:
                raise UserError(f"{path}, line {number}: not a seed ({error})") from error
    if not entries:
        raise UserError(f"{SEED_FOLDER}: no seed files. Install hackmentor again")
    return Catalogue(Origin(SOURCE, "", "", SEEDS_VERSION, LICENCE, NOTICE), tuple(entries))


def list_plain_seeds() -> list[Seed]:
    """The questions that teach knowledge and no refusal: those that a teacher may expand."""
    return [entry for entry in load_seeds().entries if isinstance(entry, Seed) and not entry.safety]


def _parse_seed(item: Mapping[str, Any]) -> Seed:
    texts = [item[name] for name in FIELDS]
    if not all(isinstance(text, str) for text in texts) or not item["answer"].strip():
        raise ValueError(f"{', '.join(FIELDS)} must be text, and the answer not empty")
    name, category, instruction, input_text, answer = texts
    refs = tuple(item.get("refs", ()))
    return Seed(f"seed:{name}", category, instruction, input_text, answer, refs, _parse_safety(item))


def _parse_dialogue(item: Mapping[str, Any], first_with_opening: dict[str, str]) -> SeedDialogue:
    messages = parse_messages(item["messages"])
    if fault := find_dialogue_fault(messages) or _find_order_fault([message["role"] for message in messages]):
        raise ValueError(fault)
    contents = [message["content"] for message in messages]
    turns = tuple(zip(contents[::2], contents[1::2], strict=True))
    upstream_id = f"seed:{item['id']}"
    split_key = first_with_opening.setdefault(contents[0], upstream_id)
    return SeedDialogue(
        upstream_id, item["category"], turns, tuple(item.get("refs", ())), split_key, _parse_safety(item)
    )


def _find_order_fault(roles: Sequence[str]) -> str:
    in_order = roles == ["user", "assistant"] * (len(roles) // 2)
    return "" if in_order else "user and assistant must take turns, from a question to an answer"


def _parse_safety(item: Mapping[str, Any]) -> Safety:
    safety: Safety = item.get("safety", "")
    if safety not in get_args(Safety):
        raise ValueError(f"safety must be one of {', '.join(filter(None, get_args(Safety)))}, not {safety!r}")
    return safety
